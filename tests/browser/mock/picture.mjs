// A label's picture without a drawing library: a 1-bit-looking greyscale PNG with a name line of
// blocks, a price in seven segments and bars. It only has to look like a picture of its size.
import { deflateSync } from "node:zlib";

// node:zlib has a crc32 of its own only from version 20.15 on; the tests also run on 18.
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const SEGMENTS = {
  0: "abcdef", 1: "bc", 2: "abged", 3: "abgcd", 4: "fgbc", 5: "afgcd", 6: "afgedc", 7: "abc",
  8: "abcdefg", 9: "abfgcd",
};

class Canvas {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.pixels = Buffer.alloc(width * height, 255);
  }

  fill(x, y, w, h, shade = 0) {
    for (let row = Math.max(0, y); row < Math.min(this.height, y + h); row++)
      this.pixels.fill(shade, row * this.width + Math.max(0, x),
        row * this.width + Math.min(this.width, x + w));
  }

  digit(x, y, w, h, sign) {
    const t = Math.max(2, Math.round(w / 5));
    const half = Math.floor(h / 2);
    const places = {
      a: [0, 0, w, t], b: [w - t, 0, t, half], c: [w - t, half, t, h - half], d: [0, h - t, w, t],
      e: [0, half, t, h - half], f: [0, 0, t, half], g: [0, half - Math.floor(t / 2), w, t],
    };
    for (const segment of SEGMENTS[sign] ?? "") {
      const [dx, dy, dw, dh] = places[segment];
      this.fill(x + dx, y + dy, dw, dh);
    }
  }

  png() {
    const rows = Buffer.alloc((this.width + 1) * this.height);
    for (let y = 0; y < this.height; y++)
      this.pixels.copy(rows, y * (this.width + 1) + 1, y * this.width, (y + 1) * this.width);
    const head = Buffer.alloc(13);
    head.writeUInt32BE(this.width, 0);
    head.writeUInt32BE(this.height, 4);
    head[8] = 8;
    const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    return Buffer.concat([
      signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0)),
    ]);
  }
}

function chunk(name, body) {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([size, named, check]);
}

export function pictureOf(label) {
  const canvas = new Canvas(label.w, label.h);
  const unit = Math.round(label.h / 16);
  // The name, as blocks the length of its words.
  let x = unit;
  for (const word of label.name.split(" ")) {
    canvas.fill(x, unit, word.length * unit, Math.round(unit * 1.6), 30);
    x += (word.length + 1) * unit;
  }
  canvas.fill(unit, unit * 4, label.w - 2 * unit, 1);
  const text = (label.price ?? 0).toFixed(2);
  x = unit;
  for (const sign of text) {
    if (sign === ".") {
      canvas.fill(x, unit * 12, unit, unit);
      x += unit * 2;
      continue;
    }
    canvas.digit(x, unit * 5, unit * 4, unit * 8, sign);
    x += unit * 5;
  }
  const bars = label.sku.split("").map((sign) => sign.charCodeAt(0));
  let bar = label.w - unit * 9;
  for (const code of [...bars, ...bars]) {
    canvas.fill(bar, unit * 9, 1 + (code % 3), unit * 6);
    bar += 3 + (code % 4);
    if (bar > label.w - unit) break;
  }
  return canvas.png();
}
