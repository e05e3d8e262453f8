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
const GZIP_BYTES_MAX = 100 * 1000;

// The places of the app; each is served with the same page, and the script reads the address.
const PLACES = [
  "/", "/orders", "/stock", "/labels", "/sensors", "/link", "/settings", "/scan", "/more",
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

function writePage(outputs) {
  const entry = Object.keys(outputs).find((name) => outputs[name].entryPoint === "src/main.tsx");
  const icon = readFileSync(join(ROOT, "icon.svg"));
  const iconName = `icon-${hashOf(icon).slice(0, 8).toUpperCase()}.svg`;
  writeFileSync(join(DIST, iconName), icon);
  const page = readFileSync(join(ROOT, "index.html"), "utf8")
    .replace("ICON", `/${iconName}`)
    .replace("STYLE", `/${relative("dist", outputs[entry].cssBundle)}`)
    .replace("SCRIPT", `/${relative("dist", entry)}`);
  writeFileSync(join(DIST, "index.html"), page);
}

function writeManifest() {
  const names = readdirSync(DIST).sort();
  const assets = [];
  let total = 0;
  for (const name of names) {
    const bytes = readFileSync(join(DIST, name));
    const packed = pack(bytes);
    writeFileSync(join(DIST, `${name}.gz`), packed);
    total += packed.length;
    const paths = name === "index.html" ? PLACES : [`/${name}`];
    for (const path of paths)
      assets.push({
        path, file: name, type: TYPES[extname(name)], hash: hashOf(bytes), gz: `${name}.gz`,
      });
  }
  writeFileSync(join(DIST, "assets.json"), `${JSON.stringify(assets, null, 1)}\n`);
  return total;
}

function finish(result) {
  writePage(result.metafile.outputs);
  const total = writeManifest();
  console.log(`dist: ${total} bytes gzipped of ${GZIP_BYTES_MAX}`);
  if (total > GZIP_BYTES_MAX) {
    console.error("dist is larger than its limit");
    process.exitCode = 1;
  }
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
