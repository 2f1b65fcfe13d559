// `node tools/service-authorization.mjs FILE...`: renews `data/service-authorization` from a service's entry of the
// Service Authorization Reference, one file a service: `{ service, source, actions, resourceTypes, conditionKeys }` as
// the package named in `data/README.md` gives it. Descriptions and access levels are left out.
//
// What is written, sorted, one action a line:
//   resources  name of a resource type -> its ARN as the reference writes it (`${Account}` and so on), and its own keys
//   actions    name -> { keys, resources: { name of a resource type: keys used only with it }, required: [names of
//              resource types] }; without `resources` the action knows no resource but `*`
//   keyTypes   condition key -> type, as the reference names it (String, Bool, ARN, ArrayOfString and so on)
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const byName = ([a], [b]) => (a < b ? -1 : 1);

function compact({ service, source, actions, resourceTypes, conditionKeys: keys = {} }) {
  const resources = Object.values(resourceTypes)
    .map(({ key, arn, conditionKeys = [] }) => [
      key,
      { arn, ...(conditionKeys.length > 0 && { keys: conditionKeys }) },
    ])
    .sort(byName);
  const rows = Object.values(actions)
    .map(({ name, conditionKeys, resourceTypes: types }) => {
      const required = types.filter((type) => type.required).map((type) => type.name);
      return [
        name,
        {
          ...(conditionKeys.length > 0 && { keys: conditionKeys }),
          ...(types.length > 0 && {
            resources: Object.fromEntries(types.map((type) => [type.name, type.conditionKeys ?? []])),
          }),
          ...(required.length > 0 && { required }),
        },
      ];
    })
    .sort(byName);
  const keyTypes = Object.values(keys)
    .map(({ key, type }) => [key, type])
    .sort(byName);
  const lines = (entries) =>
    entries.map(([k, v]) => `    ${JSON.stringify(k)}: ${JSON.stringify(v)}`).join(",\n");
  return `{
  "service": ${JSON.stringify(service)},
  "source": ${JSON.stringify(source)},
  "resources": {\n${lines(resources)}\n  },
  "actions": {\n${lines(rows)}\n  },
  "keyTypes": {\n${lines(keyTypes)}\n  }
}
`;
}

const folder = fileURLToPath(new URL("../data/service-authorization/", import.meta.url));
for (const file of process.argv.slice(2)) {
  const entry = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(`${folder}${entry.service}.json`, compact(entry));
}
