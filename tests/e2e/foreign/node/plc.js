// The same PLC as plc.py, served by node-opcua: node plc.js OPTIONS (see there).
const fs = require("fs");
const path = require("path");
const {
  DataType, MessageSecurityMode, OPCUACertificateManager, OPCUAServer, SecurityPolicy, StatusCodes, Variant,
  VariantArrayType,
} = require("node-opcua");

const options = JSON.parse(process.argv[2]);
const nodes = JSON.parse(fs.readFileSync(path.join(options.shared, "nodes.json")));
const chiller = [
  { id: "Chiller.Supply", type: "Double", value: 6.5 },
  { id: "Chiller.Compressor", type: "Boolean", value: true },
];

function variant(node) {
  const dataType = DataType[node.type];
  if (Array.isArray(node.value)) {
    return new Variant({ dataType, arrayType: VariantArrayType.Array, value: Float32Array.from(node.value) });
  }
  let value = node.value;
  if (node.type.endsWith("64")) {
    const bits = BigInt.asUintN(64, BigInt(value));
    value = [Number(bits >> 32n), Number(bits & 0xffffffffn)];
  }
  return new Variant({ dataType, arrayType: VariantArrayType.Scalar, value });
}

function add(space, namespace, node, count) {
  const made = namespace.addVariable({
    organizedBy: space.rootFolder.objects,
    browseName: node.id,
    nodeId: `s=${node.id}`,
    dataType: node.type,
    valueRank: Array.isArray(node.value) ? 1 : -1,
    minimumSamplingInterval: 100,
    ...(node.id === "Counter" && {
      value: { get: () => new Variant({ dataType: DataType.UInt32, value: count() }) },
    }),
  });
  if (node.id !== "Counter") {
    made.setValueFromSource(variant(node), StatusCodes[node.status ?? "Good"], new Date("2026-01-02T03:04:05Z"));
  }
}

async function certificates(name) {
  const rootFolder = path.join(options.folder, name);
  const made = new OPCUACertificateManager({ rootFolder, automaticallyAcceptUnknownCertificate: true });
  await made.initialize();
  return made;
}

async function main() {
  const wanted = options.policies.map((policy) => policy.split("_"));
  const users = options.users ?? {};
  const server = new OPCUAServer({
    port: options.port,
    host: "127.0.0.1",
    resourcePath: "/UA/Plant",
    serverInfo: { applicationUri: "urn:other-maker:server" },
    serverCertificateManager: await certificates("server"),
    userCertificateManager: await certificates("users"),
    securityPolicies: wanted.map(([policy]) => (policy === "NoSecurity" ? SecurityPolicy.None : SecurityPolicy[policy])),
    securityModes: [...new Set(wanted.map(([, mode]) => MessageSecurityMode[mode ?? "None"]))],
    allowAnonymous: !options.users && !options.certificates,
    userManager: { isValidUser: (user, password) => users[user] === password },
    serverCapabilities: {
      maxSessions: 40,
      operationLimits: {
        maxNodesPerRead: options.most ?? 1000,
        maxMonitoredItemsPerCall: options.most_items ?? 1000,
      },
    },
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  let count = 1;
  setInterval(() => { count += 1; }, 500);
  // The server's own namespace is 1, and where nothing else is in between the next is 2.
  for (const [uri, found] of [["urn:other-maker:chiller", chiller], ["urn:other-maker:plc", nodes]]) {
    const namespace = space.registerNamespace(uri);
    found.forEach((node) => add(space, namespace, node, () => count));
  }
  await server.start();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
