export { dial } from "../../runtime/network/dial.ts";
