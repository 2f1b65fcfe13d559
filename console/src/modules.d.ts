declare module "virtual:accent.css";
