// A conversation through the original's own client library. Arguments: the folder of the library
// and the URL; the token is in the environment. Prints one line of JSON: what was streamed, and
// what was said in the end.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, url] = process.argv.slice(2);
const { TOKEN: token } = process.env;
const entry = createRequire(`${modules}/here.js`).resolve("@openclaw/gateway-client");
const { GatewayClient } = await import(pathToFileURL(entry));

const pieces = [];
let done;
const ended = new Promise((resolve) => (done = resolve));
let hello;
const greeted = new Promise((resolve) => (hello = resolve));
const runId = randomUUID();

const client = new GatewayClient({
  url,
  token,
  clientName: "gateway-client",
  mode: "backend",
  clientVersion: "1.0.0",
  platform: "linux",
  scopes: ["operator.admin", "operator.read", "operator.write"],
  deviceIdentity: null,
  onHelloOk: hello,
  onConnectError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onEvent: (event) => {
    if (event.event !== "chat" || event.payload.runId !== runId) return;
    const text = event.payload.message?.content?.[0]?.text;
    if (event.payload.state === "delta") pieces.push(text ?? event.payload.deltaText);
    if (event.payload.state === "final") done(text);
    if (event.payload.state === "error") done(`error: ${event.payload.errorMessage}`);
  },
});
client.start();
const { protocol } = await greeted;
const sessionKey = "agent:main:official";
await client.request("chat.send", { sessionKey, message: "hi", idempotencyKey: runId });
const final = await ended;
const history = await client.request("chat.history", { sessionKey });
await client.stopAndWait();
console.log(JSON.stringify({ protocol, pieces: pieces.length, final, kept: history.messages.length }));
