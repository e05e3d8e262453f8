// What the node answers about the work in the store: tasks, pick lists, deliveries, counts,
// transfers, lots and prices. Optional means "may be missing on the wire".
import type { Position, SoldBy } from "./rows";

export interface TaskRow {
  kind: string;
  /** What the key names: order, product, delivery, count, transfer; task when it is a word only. */
  noun: string;
  key: string;
  title?: string;
  reason?: string | null;
  since?: string;
  due?: string | null;
  priority?: number;
}

export interface PickListRow {
  list: string;
  associate: string;
  kind: string;
  since?: string;
  expires?: string;
  order_n?: number;
  orders?: string[];
  more?: boolean;
  lines?: PickLine[];
}

export interface PickLine {
  order: string;
  line: string | number;
  sku: string;
  name?: string;
  sold_by?: SoldBy;
  /** Still to pick, and picked already. */
  quantity: number;
  picked?: number;
  policy?: string;
  note?: string | null;
  department?: string;
  aisle?: string;
  bay?: string;
  shelf?: string;
  position?: string;
  lot?: string;
  expiry?: string;
}

export interface DeliveryRow {
  delivery: string;
  kind?: string;
  state: string;
  /** Who sends it: a supplier or another store. */
  sender?: string;
  expected?: string;
  since?: string;
  note?: string;
  reason?: string;
  allowed?: string[];
  lines?: DeliveryLine[];
}

export interface DeliveryLine {
  sku: string;
  name?: string;
  sold_by?: SoldBy;
  /** Announced; missing when it came without being announced. */
  expected?: number;
  received?: number;
  damaged?: number;
  lot?: string;
  expiry?: string;
}

export interface CountRow {
  count: string;
  state: string;
  since?: string;
  /** sku, category or position: by what the products were named. */
  scope?: string;
  bucket?: string;
  category?: string;
  range?: Position[];
  note?: string;
  line_n?: number;
  allowed?: string[];
  /** While it waits for approval: who may give it; none is anybody who says who they are. */
  managers?: string[];
  lines?: CountLine[];
}

export interface CountLine {
  sku: string;
  name?: string;
  counted?: number | null;
  /** 0 when it was named and not counted yet. */
  entries?: number;
  /** Only told once the count is closed. */
  expected?: number;
  variance?: number;
  amount?: number | null;
}

export interface TransferRow {
  transfer: string;
  /** The other store. */
  to?: string;
  state: string;
  since?: string;
  note?: string;
  reason?: string;
  allowed?: string[];
  lines?: TransferLine[];
}

export interface TransferLine {
  sku: string;
  name?: string;
  sold_by?: SoldBy;
  sent: number;
  /** What the other store got, once it said so. */
  received?: number | null;
}

export interface PriceRow {
  kind: string;
  amount: number;
  currency?: string;
  from?: string;
  to?: string | null;
  reason?: string;
  /** planned, running, replaced, over, ended or cancelled. */
  state?: string;
  /** When it was taken back. */
  cancelled?: string;
}

export interface LotRow {
  lot?: string;
  expiry?: string;
  quantity: number;
  marked_down?: boolean;
}

/** What a till took on a day, in one currency. */
export interface TillRow {
  till: string;
  currency?: string;
  sales: number;
  returns: number;
  voids: number;
  lines: number;
  /** What was sold less what was given back and undone. */
  net: number;
}

/** A day by the clock on the store's wall. */
export interface TillDay {
  date: string;
  from: string;
  to: string;
  rows: TillRow[];
}

/** A sale that was set aside. */
export interface ParkedRow {
  parked: string;
  till: string;
  associate?: string;
  note?: string;
  line_n?: number;
  since?: string;
  /** The till that goes on with it. */
  taken_by?: string;
}

interface PriceQuote {
  amount?: number;
  currency?: string;
  kind?: string;
}

/** A price that changes by itself, or a rise that waits for its labels. */
export interface PlannedRow {
  at: string;
  /** change or hold_over. */
  what: string;
  sku: string;
  name: string;
  before?: PriceQuote;
  after?: PriceQuote;
}

/** A sale that took what was promised. */
export interface BreachRow {
  sequence: number;
  sku: string;
  /** reservation or rights. */
  kind: string;
  quantity: number;
  till?: string;
  orders?: { order: string; line: string; quantity: number }[];
  at?: string;
}

/** A command whose id had been used for another one. */
export interface ConflictRow {
  command: string;
  actor: string;
  type: string;
  at?: string;
}
