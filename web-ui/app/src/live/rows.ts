// What the node sends, as types. The contract is the truth; optional here means "may be missing
// on the wire", and every reader below copes with that.

export interface Row {
  key: string;
  sequence: number;
}

export type Health = "ok" | "attention" | "problem" | "unknown";

export interface StatusItem {
  severity: "problem" | "attention";
  what: string;
  noun: string;
  key: string;
  text: string;
  since: string;
  count: number;
}

export interface StatusRow extends Row {
  state: Health;
  since: string;
  items: StatusItem[];
  counts: Partial<Record<StatusCount, number>>;
  link?: { state: LinkRow["state"]; since: string; backlog: number };
}

export type StatusCount =
  | "products" | "orders_open" | "orders_overdue" | "labels" | "labels_waiting"
  | "labels_failed" | "sensors" | "sensors_stale" | "alarms" | "sales_today" | "lines_today";

export interface ProductRow extends Row {
  sku: string;
  name: string;
  lang?: string;
  brand?: string;
  gtins?: string[];
  sold_by?: SoldBy;
  content?: number;
  content_unit?: string;
  origin?: string;
  category?: string;
  allergens?: string;
  tax?: string;
  /** The least age of whoever buys it. */
  age?: number;
  fragile?: boolean;
  deposit?: number;
  not_stocked?: boolean;
  rating?: number;
  reviews?: number;
  positions?: Position[];
  case_size?: number;
  supplier?: string;
  min?: number;
  max?: number;
  track_expiry?: boolean;
  markdown_days?: number;
  price?: number | null;
  currency?: string;
  regular_price?: number | null;
  promotion?: { amount: number; from?: string; to?: string } | null;
  /** The price is a local one for an emergency, over all others until it ends. */
  override?: boolean;
  /** What the tills still charge while the labels do not show a rise yet. */
  held?: { amount: number; currency?: string; until?: string } | null;
  unit_price?: number | null;
  unit_price_base?: string;
  lowest_30d?: number | null;
  on_hand?: number;
  available?: number;
  reserved?: number;
  buckets?: Partial<Record<Bucket, number>>;
  labels?: string[];
  removed?: boolean;
}

export interface Position {
  department?: string;
  aisle?: string;
  bay?: string;
  shelf?: string;
  position?: string;
}

export type SoldBy = "piece" | "weight" | "length" | "volume";

export const BUCKETS = [
  "backroom", "shelf", "staged", "display", "damaged", "returned",
  "in_transit_in", "in_transit_out",
] as const;
export type Bucket = (typeof BUCKETS)[number];

export interface MovementRow {
  sequence: number;
  time: string;
  kind: string;
  bucket?: string;
  to_bucket?: string;
  quantity: number;
  reason?: string | null;
  source?: string;
  actor?: string;
}

export type OrderState =
  | "offered" | "accepted" | "picking" | "picked" | "staged" | "ready" | "arrived"
  | "handed_over" | "packed" | "shipped" | "received" | "inspected" | "refund_due" | "on_hold"
  | "expired" | "cancelling" | "restocking" | "closed" | "rejected" | "cancelled";

/** What can be asked of an order; its commands are order.<verb>. */
export type OrderVerb =
  | "accept" | "reject" | "hold" | "release" | "pick" | "unpick" | "short" | "substitute"
  | "stage" | "ready" | "arrive" | "hand_over" | "pack" | "ship" | "cancel" | "restock"
  | "receive" | "inspect" | "refund" | "close" | "split" | "update";

export interface OrderRow extends Row {
  order: string;
  channel: string;
  method: string;
  state: OrderState;
  since: string;
  customer?: string;
  /** Who comes for it; null: it was erased, as with all that is said of persons. */
  person?: string | null;
  placed?: string;
  accept_by?: string;
  ready_by?: string;
  collect_by?: string;
  /** The deadline that counts now. */
  due?: string;
  until?: string;
  note?: string | null;
  /** Of the last move, such as why it was cancelled. */
  reason?: string | null;
  associate?: string;
  version: number;
  allowed?: string[];
  /** It has a pick-up code; what it is nobody can tell. */
  code?: boolean;
  location?: string;
  bay?: string;
  vehicle?: string | null;
  /** What the central system says of its customer. */
  known?: { name?: string | null; contact?: string | null; loyalty?: string | null };
  carrier?: string;
  tracking?: string;
  packages?: number;
  priority?: number;
  payment?: string;
  original?: string;
  parent?: string;
  provisional?: boolean;
  amount?: number;
  /** The pick list it is on. */
  list?: string;
  /** Of its prices. */
  currency?: string;
  lines: OrderLine[];
}

export interface OrderLine {
  line: string | number;
  sku: string;
  name?: string;
  sold_by?: SoldBy;
  /** Ordered. */
  quantity: number;
  reserved?: number;
  picked?: number;
  short?: number;
  substituted?: number;
  staged?: number;
  handed_over?: number;
  shipped?: number;
  returned?: number;
  restocked?: number;
  price?: number | null;
  policy?: string;
  note?: string | null;
  /** The line whose place it takes. */
  substitutes?: string | number;
  /** What the scans said of what was picked. */
  lots?: OrderLot[];
}

export interface OrderLot {
  lot: string;
  expiry: string;
  quantity: number;
}

export interface HistoryRow {
  sequence: number;
  time: string;
  what: string;
  actor?: string;
  /** Who did it, and why, where that was said. */
  associate?: string;
  reason?: string | null;
}

export type LabelState =
  | "unbound" | "clean" | "dirty" | "offered" | "sending" | "failed" | "lost" | "unknown";

export interface LabelRow extends Row {
  label: string;
  ap?: string;
  type?: string;
  w?: number;
  h?: number;
  sku?: string | null;
  name?: string;
  price?: number | null;
  template?: string;
  state: LabelState;
  since?: string;
  wanted?: string | null;
  shown?: string | null;
  rev?: number;
  tries?: number;
  error?: string | null;
  last_seen?: string;
  battery_mv?: number;
  rssi?: number;
  tc?: number;
}

export type SensorState = "ok" | "alarm" | "stale" | "unknown";

export interface Channel {
  channel: string;
  kind?: string;
  value: number | null;
  unit?: string;
  observed?: string;
  low?: number | null;
  high?: number | null;
  alarm?: boolean | string | null;
}

export interface SensorRow extends Row {
  device: string;
  source?: string;
  name?: string;
  zone?: string;
  adopted: boolean;
  state: SensorState;
  since?: string;
  last_seen?: string;
  battery?: number | null;
  channels: Channel[];
}

export interface AlarmRow extends Row {
  alarm: string;
  device: string;
  rule?: string;
  severity?: string;
  text: string;
  value?: number | null;
  channel?: string;
  name?: string;
  kind?: string;
  unit?: string;
  low?: number | null;
  high?: number | null;
  raised: string;
  cleared?: string | null;
  acknowledged?: string | null;
  acknowledged_by?: string | null;
  reason?: string | null;
}

export interface Lane {
  backlog: number;
  oldest?: string | null;
  acked?: number;
  head?: number;
  /** Events of telemetry that were left out because too much waited. */
  thinned?: number;
}

/** One lane from HQ: commands taken, and HQ's last one. */
export interface Down {
  taken: number;
  head: number;
}

export interface Certificate {
  state: "good" | "soon" | "urgent" | "over" | "clock" | "unreadable";
  since: string | null;
  until: string | null;
  days: number;
  text: string;
}

export interface LinkRow extends Row {
  state: "up" | "down" | "off";
  since: string;
  hq?: string;
  fallback?: string;
  certificate?: Certificate | null;
  backlog: number;
  lanes?: Record<string, Lane>;
  down?: Record<string, Down>;
  oldest_unacknowledged?: string | null;
  last_ack?: string | null;
  round_trip_ms?: number | null;
  hq_clock?: { minutes: number; apart: boolean };
  last_error?: string | null;
  comparing?: string;
  comparisons?: Record<string, Comparison>;
  restored?: Restored;
}

/** The clocks there are, as the node tells them. */
export interface ClockAnswer {
  time: string;
  state: "good" | "behind" | "ahead";
  source: "machine" | "server" | "hq" | "kept" | "person";
  since: string | null;
  machine: string;
  hq?: string;
}

/** What became of the last restore. */
export interface Restored {
  at: string | null;
  merged: number;
  withdrawn: number;
  done: boolean;
  until: string | null;
  lost: number;
}

/** An event that HQ refuses. */
export interface QuarantinedRow {
  event: number;
  type: string;
  subject?: string;
  code: string;
  message?: string;
  at: string;
  resent?: boolean;
  tries?: number;
}

export interface Comparison {
  waits: boolean;
  at: string | null;
  outcome?: "equal" | "repaired" | "failed";
  reason?: string;
  compared?: number;
  differing?: number;
  repaired?: number;
  left?: number;
}

export interface Hello {
  store: string;
  name?: string;
  version: string;
  epoch: string;
  sequence: number;
  currency?: string;
  time?: string;
  open_to_network?: boolean;
}

export interface Answer {
  id: string;
  outcome: "accepted" | "refused" | "conflict" | "busy";
  sequence?: number;
  code?: string;
  message?: string;
  /** It was accepted, but somebody should know this. */
  warning?: string;
}

export interface Found {
  kind: "product" | "label" | "order" | "unknown";
  key?: string;
}

export interface Series {
  unit?: string;
  step_ms?: number;
  rows: [number, number, number, number, number][];
}
