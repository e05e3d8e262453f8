// What the mock store holds: products in several scripts, orders, labels, sensors. All of it is
// made up here from word lists and a seed.
import { allowedOf } from "./flow.mjs";
import { chance, pick, whole } from "./random.mjs";

const KINDS = {
  en: {
    first: ["Organic", "Fresh", "Smoked", "Whole", "Roasted", "Farm", "Classic", "Wild", "Sea", "Dark"],
    second: ["Oat Drink", "Cheddar", "Sourdough", "Apple Juice", "Salmon", "Peanut Butter",
      "Tomatoes", "Coffee Beans", "Butter", "Yoghurt", "Honey", "Chocolate", "Muesli", "Eggs"],
    brands: ["Hill & Dale", "Northfold", "Greenlane", "Harbour"],
  },
  bg: {
    first: ["Прясно", "Домашен", "Пълнозърнест", "Био", "Печен", "Традиционно"],
    second: ["кисело мляко", "хляб", "сирене", "сок от ябълка", "кашкавал", "лютеница", "мед", "масло"],
    brands: ["Балкан", "Роза", "Странджа"],
  },
  el: {
    first: ["Φρέσκο", "Βιολογικό", "Παραδοσιακό", "Ελαφρύ", "Ψητό"],
    second: ["γιαούρτι", "ελαιόλαδο", "τυρί φέτα", "μέλι", "ψωμί", "χυμός πορτοκάλι", "καφές"],
    brands: ["Ήλιος", "Αιγαίο", "Πίνδος"],
  },
  it: {
    first: ["Fresco", "Integrale", "Biologico", "Stagionato", "Classico"],
    second: ["pane", "parmigiano", "prosciutto", "succo d’arancia", "caffè", "pomodori", "miele"],
    brands: ["Colline", "Riva", "Campo Alto"],
  },
  ru: {
    first: ["Свежий", "Домашний", "Цельный", "Копчёный", "Классический"],
    second: ["творог", "хлеб", "кефир", "яблочный сок", "сыр", "мёд", "чай", "шоколад"],
    brands: ["Заря", "Полесье", "Ладога"],
  },
  fa: {
    first: ["تازه", "ارگانیک", "سنتی", "محلی"],
    second: ["ماست", "نان", "پنیر", "عسل", "چای", "آب سیب", "زعفران"],
    brands: ["البرز", "کاسپین", "زاگرس"],
  },
};
const LANGS = ["en", "en", "en", "bg", "el", "it", "ru", "fa"];
const GRAM = { en: "g", bg: "г", el: "γρ.", it: "g", ru: "г", fa: "گرم" };
const CATEGORIES = ["Dairy", "Bakery", "Drinks", "Produce", "Pantry", "Frozen"];

export function gtin14(body13) {
  const digits = body13.padStart(13, "0");
  let sum = 0;
  for (let index = 0; index < 13; index++) sum += Number(digits[index]) * (index % 2 === 0 ? 3 : 1);
  return digits + ((10 - (sum % 10)) % 10);
}

/** Thousandths, as the node keeps them: no 0.30000000000000004 may leave. */
export function milli(value) {
  return Math.round(value * 1000) / 1000;
}

function productOf(next, index, now) {
  const lang = pick(next, LANGS);
  const kind = KINDS[lang];
  const grams = pick(next, [100, 150, 200, 250, 330, 400, 500, 750, 1000]);
  const weighed = index % 23 === 0;
  const sku = `SKU-${String(10000 + index)}`;
  const regular = Math.round(whole(next, 60, 1800) / 5) * 5 / 100 - 0.01 + 0.05;
  const promoted = index % 11 === 0;
  const price = milli(promoted ? Math.max(0.2, regular * 0.8) : regular);
  const shelf = index % 37 === 0 ? -1 : index % 17 === 0 ? 0 : whole(next, 1, 40);
  const backroom = index % 17 === 0 ? 0 : whole(next, 0, 60);
  const content = grams / 1000;
  return {
    key: sku, sequence: index + 1, sku, lang, brand: pick(next, kind.brands),
    name: `${pick(next, kind.first)} ${pick(next, kind.second)}${weighed ? "" : ` ${grams} ${GRAM[lang]}`}`,
    gtins: [gtin14(`20${String(index).padStart(10, "0")}`.padStart(13, "0"))],
    sold_by: weighed ? "weight" : "piece", content: weighed ? 0 : content, content_unit: "kg",
    origin: pick(next, ["GB", "IT", "GR", "BG", "ES"]), category: pick(next, CATEGORIES),
    price: Math.round(price * 100) / 100, currency: "GBP", regular_price: milli(regular),
    promotion: promoted ? {
      amount: Math.round(price * 100) / 100, from: new Date(now - 2 * 864e5).toISOString(),
      to: new Date(now + 5 * 864e5).toISOString(),
    } : null,
    unit_price: Math.round((price / (weighed ? 1 : content)) * 100) / 100, unit_price_base: "kg",
    lowest_30d: promoted ? milli(Math.round(regular * 90) / 100) : null,
    reserved: 0, available: 0, on_hand: 0,
    buckets: {
      backroom, shelf, staged: 0, damaged: index % 29 === 0 ? 2 : 0, returned: 0,
      in_transit_in: index % 7 === 0 ? 24 : 0, in_transit_out: 0, display: 0,
    },
    labels: [], removed: false,
  };
}

export function sums(product) {
  const { backroom, shelf, staged, display } = product.buckets;
  const onHand = milli(backroom + shelf + staged + display);
  const free = milli(onHand - staged - display - product.reserved);
  return { ...product, on_hand: onHand, available: Math.max(0, free) };
}

export function makeProducts(count, now, seed = 1) {
  const next = chance(seed);
  const products = new Map();
  for (let index = 1; index <= count; index++) {
    const product = sums(productOf(next, index, now));
    products.set(product.key, product);
  }
  return products;
}

const CUSTOMERS = [
  "Amelia Hart", "Georgi Petrov", "Ελένη Παππά", "Luca Moretti", "Мария Орлова", "سارا احمدی",
  "Tom Baker", "Ivana Dimitrova", "Noah Singh", "Olivia Grant", "Νίκος Δήμου", "Chiara Conti",
];
export function makeOrders(count, products, now, seed = 2) {
  const next = chance(seed);
  const goods = [...products.values()];
  const orders = new Map();
  const states = ["offered", "offered", "accepted", "accepted", "accepted", "picked", "ready",
    "ready", "handed_over", "handed_over", "cancelled"];
  for (let index = 1; index <= count; index++) {
    const order = `W-${7000 + index}`;
    const state = pick(next, states);
    const placed = now - whole(next, 10, 300) * 60000;
    const late = index % 9 === 0 ? -1 : 1;
    const due = (minutes) => new Date(now + late * minutes * 60000).toISOString();
    const lines = [];
    for (let line = 1; line <= whole(next, 1, 6); line++) {
      const product = pick(next, goods);
      const quantity = product.sold_by === "weight" ? milli(whole(next, 3, 20) / 10) : whole(next, 1, 4);
      const done = state === "picked" || state === "ready" || state === "handed_over";
      lines.push({
        line: String(line), sku: product.sku, name: product.name, quantity,
        picked: done && state !== "handed_over" ? quantity : 0, price: product.price,
        ...(state === "handed_over" ? { handed_over: quantity } : {}),
      });
    }
    orders.set(order, {
      key: order, sequence: 3000 + index, order,
      channel: pick(next, ["web", "app", "phone", "marketplace"]),
      method: pick(next, ["pickup", "pickup", "curbside"]), state,
      since: new Date(placed + 240000).toISOString(), customer: pick(next, CUSTOMERS),
      placed: new Date(placed).toISOString(), accept_by: due(whole(next, 3, 20)),
      ready_by: due(whole(next, 8, 140)), collect_by: due(whole(next, 60, 600)),
      note: index % 8 === 0 ? "Please pick the ripest ones; ring the bell at door B" : "",
      version: 2, currency: "GBP", allowed: allowedOf({ method: "pickup", state }), lines,
    });
  }
  return orders;
}

export function makeLabels(count, products, now, seed = 3) {
  const next = chance(seed);
  const goods = [...products.values()];
  const sizes = [["ST29", 296, 128], ["ST29", 296, 128], ["ST42", 400, 300], ["ST75", 800, 480]];
  const labels = new Map();
  for (let index = 1; index <= count; index++) {
    const id = `00124B${(0x21f00000 + index * 7919).toString(16).toUpperCase().padStart(10, "0")}`;
    const [type, w, h] = pick(next, sizes);
    const state = index % 41 === 0 ? "failed" : index % 53 === 0 ? "lost"
      : index % 19 === 0 ? "unbound" : index % 13 === 0 ? pick(next, ["dirty", "offered", "sending"])
      : "clean";
    const product = state === "unbound" ? null : goods[(index * 3) % goods.length];
    const hash = (index * 2654435761 % 4294967296).toString(16).padStart(8, "0");
    labels.set(id, {
      key: id, sequence: 5000 + index, label: id, ap: `ap-${1 + (index % 2)}`, type, w, h,
      sku: product?.sku ?? "", name: product?.name ?? "", price: product?.price ?? null,
      template: `${type.toLowerCase()}-regular`, state,
      since: new Date(now - whole(next, 2, 4000) * 60000).toISOString(),
      wanted: product === null ? "" : hash, shown: state === "clean" ? hash : "",
      rev: whole(next, 1, 30), tries: state === "failed" ? 5 : state === "sending" ? 2 : 0,
      error: state === "failed" ? "radio: no answer after 5 sends" : "",
      last_seen: new Date(now - whole(next, 1, state === "lost" ? 3000 : 40) * 60000).toISOString(),
      battery_mv: whole(next, 2450, 3050), rssi: -whole(next, 48, 88), tc: whole(next, 3, 22),
    });
    if (product !== null) {
      const bound = products.get(product.sku);
      products.set(product.sku, { ...bound, labels: [...bound.labels, id] });
    }
  }
  return labels;
}

const DEVICES = [
  ["Freezer 1", "Cold room", -19, -24, -15], ["Freezer 2", "Cold room", -18.4, -24, -15],
  ["Freezer 3", "Shop floor", -12.1, -24, -15], ["Dairy fridge", "Shop floor", 3.9, 0, 6],
  ["Meat fridge", "Shop floor", 2.2, 0, 4], ["Fish counter", "Shop floor", 1.1, 0, 3],
  ["Wine cabinet", "Shop floor", 12.4, 8, 16], ["Back door", "Back room", 1, null, null],
  ["Delivery door", "Back room", 0, null, null], ["Bread shelf", "Shop floor", 14.62, 2, null],
  ["Apple bin", "Shop floor", 31.4, 5, null], ["Office", "Upstairs", 21.3, null, null],
];

function channelsOf(next, index, value, low, high, at) {
  const round = (number) => Math.round(number * 100) / 100;
  if (index === 7 || index === 8)
    return [{ channel: "contact", kind: "contact", value, unit: "", observed: at, low, high, alarm: false }];
  if (index === 9 || index === 10)
    return [{ channel: "weight", kind: "weight", value, unit: "kg", observed: at, low, high, alarm: false }];
  const alarm = (high !== null && value > high) || (low !== null && value < low);
  return [
    { channel: "temperature", kind: "temperature", value, unit: "°C", observed: at, low, high, alarm },
    {
      channel: "humidity", kind: "humidity", value: round(40 + next() * 30), unit: "%",
      observed: at, low: null, high: null, alarm: false,
    },
    {
      channel: "battery", kind: "battery", value: whole(next, 20, 100), unit: "%", observed: at,
      low: null, high: null, alarm: false,
    },
  ];
}

export function makeSensors(count, now, seed = 4) {
  const next = chance(seed);
  const sensors = new Map();
  for (let index = 0; index < count; index++) {
    const [name, zone, value, low, high] = DEVICES[index] ?? ["", "", 18 + index / 4, null, null];
    const device = name === "" ? `0xa4c138${(0x9f0000 + index * 977).toString(16)}`
      : name.toLowerCase().replaceAll(" ", "-");
    const source = index % 3 === 2 ? "tasmota" : "zigbee2mqtt";
    const stale = index === 11 || index === 15;
    const seen = new Date(now - (stale ? 95 : 0.3 + next()) * 60000).toISOString();
    const channels = channelsOf(next, index, value, low, high, seen);
    const alarmed = channels.some((channel) => channel.alarm);
    const adopted = name !== "" || index < 17;
    const key = `${source}/${device}`;
    sensors.set(key, {
      key, sequence: 7000 + index, device: key, source, name: name || (adopted ? `Shelf ${index}` : ""),
      zone: zone || (adopted ? "Shop floor" : ""), adopted,
      state: stale ? "stale" : alarmed ? "alarm" : "ok",
      since: new Date(now - (alarmed ? 18 : stale ? 80 : 3000) * 60000).toISOString(),
      last_seen: seen, battery: source === "tasmota" ? null : whole(next, 30, 100), channels,
    });
  }
  return sensors;
}

export function makeAlarms(sensors, now) {
  const alarms = new Map();
  for (const sensor of sensors.values()) {
    if (sensor.state !== "alarm") continue;
    const main = sensor.channels[0];
    const key = `${sensor.key}/temperature/high`;
    alarms.set(key, {
      key, sequence: 7500, alarm: key, device: sensor.key, rule: "high", severity: "problem",
      channel: main.channel, name: sensor.name, kind: main.kind, unit: main.unit, low: main.low,
      high: main.high,
      text: `${sensor.name}: ${main.value} ${main.unit}, allowed is at most ${main.high} ${main.unit}`,
      value: main.value, raised: new Date(now - 18 * 60000).toISOString(), cleared: null,
      acknowledged: null, acknowledged_by: null, reason: null,
    });
  }
  return alarms;
}
