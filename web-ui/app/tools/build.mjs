// Builds dist/: hashed assets, each with its gzip twin, and assets.json, the list the server
// serves from. The same sources give the same bytes: no time, no path and no machine goes in.
import { build, context } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { words } from "./words.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const DIST = join(ROOT, "dist");
// What the first look at the store costs, in the largest language; and everything there is.
const FIRST_BYTES_MAX = 75 * 1000;
const GZIP_BYTES_MAX = 250 * 1000;
const FIRST_PAGE = "src/pages/today/today.tsx";

// The places of the app; each is served with the same page, and the script reads the address.
const PLACES = [
  "/", "/tasks", "/orders", "/orders/new", "/picking", "/returns", "/stock", "/deliveries",
  "/counts", "/transfers", "/tills", "/prices", "/labels", "/sensors", "/link", "/settings", "/scan",
  "/more",
];

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

function hashOf(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

// The gzip header names the operating system that packed it; 255 ("unknown") is the same anywhere.
function pack(bytes) {
  const packed = gzipSync(bytes, { level: 9 });
  packed[9] = 255;
  return packed;
}

function options(watching) {
  return {
    absWorkingDir: ROOT,
    entryPoints: { app: "src/main.tsx" },
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2021"],
    minify: !watching,
    legalComments: "none",
    jsx: "automatic",
    jsxImportSource: "preact",
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    assetNames: "[name]-[hash]",
    charset: "utf8",
    plugins: [words],
    metafile: true,
    logLevel: "warning",
  };
}

/** The output of an entry and all that it imports at once, without what comes on demand. */
function withImports(outputs, name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const each of outputs[name].imports)
    if (each.kind === "import-statement") withImports(outputs, each.path, seen);
  return seen;
}

/** Told beforehand, all parts come at once instead of one behind the other. */
function partsOf(outputs, entry) {
  return [...withImports(outputs, entry)].filter((name) => name !== entry).sort()
    .map((name) => `<link rel="modulepreload" href="/${relative("dist", name)}">`).join("\n    ");
}

function writePage(outputs) {
  const entry = Object.keys(outputs).find((name) => outputs[name].entryPoint === "src/main.tsx");
  const icon = readFileSync(join(ROOT, "icon.svg"));
  const iconName = `icon-${hashOf(icon).slice(0, 8).toUpperCase()}.svg`;
  writeFileSync(join(DIST, iconName), icon);
  const page = readFileSync(join(ROOT, "index.html"), "utf8")
    .replace("ICON", `/${iconName}`)
    .replace("STYLE", `/${relative("dist", outputs[entry].cssBundle)}`)
    .replace("PARTS", partsOf(outputs, entry))
    .replace("SCRIPT", `/${relative("dist", entry)}`);
  writeFileSync(join(DIST, "index.html"), page);
}

/** Writes the list that the server serves from, and returns each file's bytes gzipped. */
function writeManifest() {
  const names = readdirSync(DIST).sort();
  const assets = [];
  const sizes = new Map();
  for (const name of names) {
    const bytes = readFileSync(join(DIST, name));
    const packed = pack(bytes);
    writeFileSync(join(DIST, `${name}.gz`), packed);
    sizes.set(name, packed.length);
    const paths = name === "index.html" ? PLACES : [`/${name}`];
    for (const path of paths)
      assets.push({
        path, file: name, type: TYPES[extname(name)], hash: hashOf(bytes), gz: `${name}.gz`,
      });
  }
  writeFileSync(join(DIST, "assets.json"), `${JSON.stringify(assets, null, 1)}\n`);
  return sizes;
}

/** Bytes gzipped until the first page stands: the page, its styles, its script and one language. */
function firstLoad(outputs, sizes) {
  const names = Object.keys(outputs);
  const built = (source) => names.find((name) => outputs[name].entryPoint === source);
  const entry = built("src/main.tsx");
  const parts = withImports(outputs, built(FIRST_PAGE), withImports(outputs, entry));
  parts.add(outputs[entry].cssBundle);
  const sizeOf = (name) => sizes.get(relative("dist", name)) ?? 0;
  const plain = [...sizes.keys()].filter((name) => !/\.(?:js|css)$/.test(name));
  const languages = names.filter((name) => /^src\/words\/\w+\.json$/.test(outputs[name].entryPoint));
  return [...parts].reduce((sum, name) => sum + sizeOf(name), 0)
    + plain.reduce((sum, name) => sum + sizes.get(name), 0)
    + Math.max(...languages.map(sizeOf));
}

function hold(what, bytes, max) {
  console.log(`dist: ${what} ${bytes} bytes gzipped of ${max}`);
  if (bytes <= max) return;
  console.error(`dist: ${what} is larger than its limit`);
  process.exitCode = 1;
}

function finish(result) {
  const { outputs } = result.metafile;
  writePage(outputs);
  const sizes = writeManifest();
  hold("first load", firstLoad(outputs, sizes), FIRST_BYTES_MAX);
  hold("all", [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0), GZIP_BYTES_MAX);
}

function clean() {
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(DIST);
}

if (process.argv.includes("--watch")) {
  const plugin = {
    name: "finish",
    setup(each) {
      each.onStart(clean);
      each.onEnd((result) => (result.errors.length === 0 ? finish(result) : undefined));
    },
  };
  const watcher = await context({ ...options(true), plugins: [words, plugin] });
  await watcher.watch();
} else {
  clean();
  finish(await build(options(false)));
}
