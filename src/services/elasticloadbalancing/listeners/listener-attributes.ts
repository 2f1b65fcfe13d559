import { type AttributeTable, onOff } from "../attribute-table.ts";
import type { ListenerDocument } from "../documents.ts";

/** What an answer's header may be overwritten with, and the name of a header that a target is to be given. */
const value = { default: "", values: { longest: 1_024, form: /^[\x20-\x7e]*$/ } };
const headerName = { default: "", values: { longest: 40, form: /^[A-Za-z0-9_-]*$/ } };

const ofHttp: AttributeTable = {
  "routing.http.response.access_control_allow_credentials.header_value": value,
  "routing.http.response.access_control_allow_headers.header_value": value,
  "routing.http.response.access_control_allow_methods.header_value": value,
  "routing.http.response.access_control_allow_origin.header_value": value,
  "routing.http.response.access_control_expose_headers.header_value": value,
  "routing.http.response.access_control_max_age.header_value": value,
  "routing.http.response.content_security_policy.header_value": value,
  "routing.http.response.server.enabled": { default: "true", values: onOff },
  "routing.http.response.x_content_type_options.header_value": value,
  "routing.http.response.x_frame_options.header_value": value,
};

const ofHttps: AttributeTable = {
  ...ofHttp,
  "routing.http.request.x_amzn_mtls_clientcert.header_name": headerName,
  "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name": headerName,
  "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name": headerName,
  "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name": headerName,
  "routing.http.request.x_amzn_mtls_clientcert_subject.header_name": headerName,
  "routing.http.request.x_amzn_mtls_clientcert_validity.header_name": headerName,
  "routing.http.request.x_amzn_tls_cipher_suite.header_name": headerName,
  "routing.http.request.x_amzn_tls_version.header_name": headerName,
  "routing.http.response.strict_transport_security.header_value": value,
};

const ofTcp: AttributeTable = {
  "tcp.idle_timeout.seconds": { default: "350", values: { min: 60, max: 6_000 } },
};

/** The attributes of a listener (API Reference, "ListenerAttribute"). */
export function listenerAttributes({ protocol }: Pick<ListenerDocument, "protocol">): AttributeTable {
  switch (protocol) {
    case "HTTP":
      return ofHttp;
    case "HTTPS":
      return ofHttps;
    case "TCP":
      return ofTcp;
    default:
      return {};
  }
}
