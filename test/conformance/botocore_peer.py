"""The other side of the conformance suite: requests and answers as botocore writes and reads them.

    botocore_peer.py <seed> <cases per operation> <service:protocol:one operation in N> ...

Prints one JSON line per case: a request that botocore serialised from random parameters, and random output members.
Then reads, per case, the response that Roadstead encoded from that output (a line of JSON) and prints the differences
that botocore's parser sees, one line each, and "done".

Values in JSON lines: {"$t": epoch milliseconds} is a time, {"$b": base64} is bytes.
"""
import base64
import datetime
import json
import random
import sys
import warnings

warnings.simplefilter("ignore")

from botocore import UNSIGNED  # noqa: E402
from botocore.awsrequest import AWSRequest, HeadersDict, prepare_request_dict  # noqa: E402
from botocore.loaders import Loader  # noqa: E402
from botocore.model import ServiceModel  # noqa: E402
from botocore.parsers import create_parser  # noqa: E402
from botocore.serialize import create_serializer  # noqa: E402

LETTERS = "abcXYZ019-_.:/ &<>\"'%+=é漢\n"
PLAIN = "abcXYZ019-_."
UTC = datetime.timezone.utc
# Route 53's page sizes are text in botocore's model and numbers in the SDK's.
NUMBERS = {"MaxItems", "MaxResults"}


class Values:
    """Random values of a shape. `whole` keeps times to whole seconds, as requests carry them."""

    def __init__(self, rng, whole):
        self.rng = rng
        self.whole = whole

    def of(self, shape, depth=0, plain=False):
        return getattr(self, shape.type_name)(shape, depth, plain)

    def structure(self, shape, depth, _plain):
        members = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            members = [self.rng.choice(members)]
        out = {}
        for name, member in members:
            place = member.serialization.get("location")
            needed = place == "uri" or len(members) == 1
            if not needed and (self.rng.random() < 0.4 or (depth > 3 and not is_scalar(member))):
                continue
            if depth > 6 and not is_scalar(member):
                continue
            if name == "ResponseMetadata":
                continue
            out[name] = self.member(name, member, depth + 1, plain=place in ("uri", "header", "headers"))
        if not out:
            for name, member in members:
                if is_scalar(member):
                    out[name] = self.member(name, member, depth + 1, plain=True)
                    break
        return out

    def member(self, name, shape, depth, plain):
        if name in NUMBERS and shape.type_name == "string":
            return str(self.rng.randint(1, 300))
        return self.of(shape, depth, plain)

    def list(self, shape, depth, plain):
        items = [self.of(shape.member, depth + 1, plain) for _ in range(self.rng.randint(1, 3))]
        return [item for item in items if item != {}] or ([] if not is_scalar(shape.member) else items)

    def map(self, shape, depth, plain):
        out = {}
        for _ in range(self.rng.randint(1, 2)):
            value = self.of(shape.value, depth + 1, plain)
            if value not in ({}, []):
                out["k" + self.text(PLAIN, 0)] = value
        return out

    def text(self, alphabet, least=0):
        return "".join(self.rng.choice(alphabet) for _ in range(self.rng.randint(least, 12)))

    def string(self, shape, _depth, plain):
        if getattr(shape, "enum", None):
            return self.rng.choice(shape.enum)
        if plain:
            return "x" + self.text(PLAIN)
        return self.text(LETTERS)

    character = string

    def boolean(self, *_):
        return self.rng.random() < 0.5

    def integer(self, *_):
        return self.rng.randint(-2**31, 2**31 - 1)

    def long(self, *_):
        return self.rng.randint(-2**53 + 1, 2**53 - 1)

    def double(self, *_):
        return self.rng.randint(-10**6, 10**6) / 8

    float = double

    def timestamp(self, *_):
        seconds = self.rng.randint(1, 4 * 10**9)
        millis = 0 if self.whole else self.rng.randint(0, 999)
        return datetime.datetime.fromtimestamp(seconds, UTC) + datetime.timedelta(milliseconds=millis)

    def blob(self, *_):
        return bytes(self.rng.randint(0, 255) for _ in range(self.rng.randint(1, 9)))


def is_scalar(shape):
    return shape.type_name not in ("structure", "list", "map")


def without_empty(value):
    """A form cannot say that a structure or list is there and empty."""
    if isinstance(value, dict):
        kept = {key: without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ({}, [])}
    if isinstance(value, list):
        return [item for item in map(without_empty, value) if item not in ({}, [])]
    return value


def tagged(value):
    if isinstance(value, dict):
        return {
            key: int(item) if key in NUMBERS and isinstance(item, str) else tagged(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, bytes):
        return {"$b": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$t": round(value.timestamp() * 1000)}
    return value


def serialised(serializer, params, operation):
    request = serializer.serialize_to_request(params, operation)
    prepare_request_dict(request, endpoint_url="http://localhost", context={"signing": UNSIGNED})
    prepared = AWSRequest(
        method=request["method"], url=request["url"], headers=request["headers"], data=request["body"]
    ).prepare()
    path, _, query = prepared.url.removeprefix("http://localhost").partition("?")
    body = prepared.body or b""
    return {
        "method": prepared.method,
        "path": path,
        "query": query,
        "headers": {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in prepared.headers.items()
        },
        "body": base64.b64encode(body.encode() if isinstance(body, str) else body).decode(),
    }


def main():
    seed, per_operation, *wanted = sys.argv[1:]
    rng = random.Random(int(seed))
    expected = {}
    for spec in wanted:
        service, protocol, every = spec.split(":")
        model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
        serializer = create_serializer(protocol, include_validation=False)
        parser = create_parser(protocol)
        names = list(model.operation_names)
        if int(every) > 1:
            names = rng.sample(names, len(names) // int(every))
        for name in names:
            operation = model.operation_model(name)
            for _ in range(int(per_operation)):
                params = Values(rng, whole=True).of(operation.input_shape) if operation.input_shape else {}
                if protocol in ("query", "ec2"):
                    params = without_empty(params)
                output = Values(rng, whole=False).of(operation.output_shape) if operation.output_shape else {}
                number = len(expected)
                expected[number] = (parser, operation.output_shape, tagged(output), None)
                emit(
                    case=number,
                    service=service,
                    protocol=protocol,
                    operation=name,
                    request=serialised(serializer, params, operation),
                    input=tagged(params),
                    output=tagged(output),
                )
        compatible = "awsQueryCompatible" in model.metadata or protocol in ("query", "ec2")
        for shape in model.error_shapes:
            number = len(expected)
            error = shape.metadata.get("error", {})
            code = error.get("code", shape.name) if compatible else shape.name
            expected[number] = (parser, None, None, {"Code": code, "Message": "Who? <&>"})
            emit(case=number, service=service, protocol=protocol, fault=shape.name, message="Who? <&>")
    print("end", flush=True)
    for line in sys.stdin:
        answer = json.loads(line)
        parser, shape, output, error = expected.pop(answer["case"])
        response = {
            "status_code": answer["status"],
            "headers": HeadersDict(answer["headers"]),
            "body": base64.b64decode(answer["body"]),
        }
        parsed = parser.parse(response, shape)
        metadata = parsed.pop("ResponseMetadata", {})
        if error is None:
            got, want = tagged(parsed), output
            # botocore looks no further than the headers when an answer has no body.
            seen = metadata.get("RequestId", metadata["HTTPHeaders"].get("x-amzn-requestid"))
            if seen != answer["requestId"]:
                emit(case=answer["case"], want=answer["requestId"], got=metadata)
        else:
            got, want = {key: parsed["Error"].get(key) for key in error}, error
        if got != want:
            emit(case=answer["case"], want=want, got=got)
    emit(unanswered=len(expected))
    print("done", flush=True)


def emit(**line):
    print(json.dumps(line), flush=False)


main()
