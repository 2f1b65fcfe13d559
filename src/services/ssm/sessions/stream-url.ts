/** Where the sockets of sessions are. */
const dataChannelPath = "/v1/data-channel/";

/** AWS: the address of a session's socket, which clients dial as it stands. @param origin `http://10.0.0.1:4566`. */
export function streamUrl(origin: string, id: string): string {
  return `${origin.replace(/^http/, "ws")}${dataChannelPath}${encodeURIComponent(id)}?role=publish_subscribe`;
}
