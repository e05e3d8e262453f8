// The real node alone: no broker, no labels, no tills, an empty store of its own in the temporary
// folder. For what only the ledger itself can decide.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const START_MS = 15000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function untilReady(url, daemon, said) {
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    if (daemon.exitCode !== null) break;
    const status = await fetch(`${url}/api/v1/status`).then((answer) => answer.status, () => 0);
    if (status === 200) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error(`the node did not start: ${said.join("")}`);
}

/** {url, close}; `build` is a folder with node/backroomd. */
export async function startDaemon(build) {
  const folder = mkdtempSync(join(tmpdir(), "backroom-node-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, "backroom.conf"), `[store]
id = 0412
name = Harbour Street
currency = GBP
state_dir = ${folder}/state

[broker]
socket = ${folder}/no-broker.sock

[web]
port = ${port}
root = ${ROOT}/web-ui/app/dist
socket = ${folder}/api.sock

[labels]
templates = ${ROOT}/esl/templates
`);
  const said = [];
  const daemon = spawn(join(build, "node/backroomd"), ["--config", join(folder, "backroom.conf")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [daemon.stdout, daemon.stderr])
    stream.on("data", (bytes) => said.push(bytes.toString("utf8")));
  const ended = new Promise((resolve) => {
    daemon.on("exit", resolve);
    daemon.on("error", (error) => resolve(said.push(String(error))));
  });
  const close = async () => {
    daemon.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(url, daemon, said);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}
