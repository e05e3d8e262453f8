// The nouns this page follows. Each keeps the rows the node last told and the sequence up to
// which it is true; after a cut it asks only for what changed since. Rows are replaced, never
// changed in place, so a drawing can compare by identity.
import { useEffect, useReducer } from "preact/hooks";

import { connection, Cut } from "./connection";
import { tellNews } from "./query";
import type {
  AlarmRow, LabelRow, LinkRow, OrderRow, ProductRow, Row, SensorRow, StatusRow,
} from "./rows";
import type { CountRow, DeliveryRow, PickListRow, TransferRow } from "./work_rows";

// Leaving a place and coming back soon should not cost a new snapshot.
const LINGER_MS = 30000;
const KEYS_MAX = 200;
const REMOVED_MAX = 1000;

interface Batch {
  noun: string;
  sequence: number;
  reset?: boolean;
  more?: boolean;
  rows: (Row & { removed?: boolean })[];
}

export type Phase = "idle" | "loading" | "live" | "failed";

export class Noun<R extends Row> {
  readonly rows = new Map<string, R>();
  /** When a row last changed under the eyes of the person, for the short highlight. */
  readonly litMs = new Map<string, number>();
  phase: Phase = "idle";
  version = 0;
  fault = "";
  private epoch = "";
  private sequence: number | null = null;
  /** The keys seen so far of a snapshot that is on its way. */
  private renewed: Set<string> | null = null;
  private users = 0;
  private lingerTimer = 0;
  private frame = 0;
  private readonly removed = new Map<string, R>();
  /** Keyed nouns only: keys that were asked for and of which the node knows nothing. */
  readonly absent = new Set<string>();
  private readonly followers = new Set<() => void>();
  private readonly keyUsers = new Map<string, number>();
  private keyTimer = 0;

  constructor(readonly name: string, private readonly keyed = false) {}

  follow(follower: () => void): () => void {
    this.followers.add(follower);
    clearTimeout(this.lingerTimer);
    if (this.users++ === 0 && this.phase === "idle") this.subscribe();
    return () => {
      this.followers.delete(follower);
      if (--this.users === 0) this.lingerTimer = setTimeout(() => this.leave(), LINGER_MS);
    };
  }

  /** Keyed nouns only: counts who wants a key and asks once for all that changed together. */
  want(keys: readonly string[]): () => void {
    for (const key of keys) this.keyUsers.set(key, (this.keyUsers.get(key) ?? 0) + 1);
    this.askKeysSoon();
    return () => {
      for (const key of keys) {
        const left = (this.keyUsers.get(key) ?? 1) - 1;
        if (left > 0) this.keyUsers.set(key, left);
        else this.keyUsers.delete(key);
      }
    };
  }

  private askKeysSoon(): void {
    clearTimeout(this.keyTimer);
    this.keyTimer = setTimeout(() => this.subscribe(), 20);
  }

  again(): void {
    this.subscribe();
  }

  /** The line is up: ask for what was missed, or for everything if the node began anew. */
  resume(epoch: string): void {
    if (epoch !== this.epoch) this.sequence = null;
    this.epoch = epoch;
    if (this.phase !== "idle" || this.users > 0) this.subscribe();
  }

  private subscribe(): void {
    if (!connection.up) {
      this.phase = this.phase === "idle" ? "loading" : this.phase;
      return;
    }
    const params: Record<string, unknown> = { noun: this.name };
    if (this.keyed) {
      if (this.keyUsers.size === 0) return;
      params["keys"] = [...this.keyUsers.keys()].slice(-KEYS_MAX);
    } else if (this.sequence !== null) params["after"] = this.sequence;
    if (this.phase !== "live") this.phase = "loading";
    connection.request<Batch>("subscribe", params).then(
      (batch) => this.take(batch, true),
      (error: unknown) => this.fail(error),
    );
  }

  private fail(error: unknown): void {
    // A cut heals by itself at the next resume; only a refusal is worth showing.
    if (error instanceof Cut) return;
    this.phase = "failed";
    this.fault = error instanceof Error ? error.message : String(error);
    this.drawSoon();
  }

  private leave(): void {
    this.phase = "idle";
    this.sequence = null;
    this.renewed = null;
    this.rows.clear();
    this.litMs.clear();
    this.absent.clear();
    if (connection.up) connection.request("unsubscribe", { noun: this.name }).catch(() => {});
  }

  take(batch: Batch, answer: boolean): void {
    if (this.phase === "idle") return;
    if (batch.reset === true && !this.keyed) this.renewed = new Set();
    const quiet = answer || this.phase !== "live" || this.renewed !== null;
    for (const row of batch.rows) this.takeRow(row, quiet);
    // A snapshot that comes in pieces is not yet true up to its sequence, nor worth showing.
    if (batch.more !== true) {
      this.dropOld();
      this.sequence = batch.sequence;
      this.phase = "live";
    }
    this.fault = "";
    this.drawSoon();
  }

  // Only the end of a new snapshot tells what is no longer there.
  private dropOld(): void {
    const { renewed } = this;
    this.renewed = null;
    if (renewed === null) return;
    for (const key of [...this.rows.keys()]) if (!renewed.has(key)) this.remove(key);
  }

  private remove(key: string): void {
    const row = this.rows.get(key);
    this.rows.delete(key);
    if (row === undefined) return;
    if (this.removed.size >= REMOVED_MAX) this.removed.clear();
    this.removed.set(key, row);
  }

  /** The row, also for a moment after it has gone: a list does not blank under the pointer. */
  rowOf(key: string): R | undefined {
    return this.rows.get(key) ?? this.removed.get(key);
  }

  // What comes later is newer, whatever its sequence: a sensor that was forgotten has none, and a
  // store that was restored counts on from an older one.
  private takeRow(row: Row & { removed?: boolean }, quiet: boolean): void {
    const gone = row.removed === true && !this.keyed;
    if (gone) {
      this.remove(row.key);
      return;
    }
    this.renewed?.add(row.key);
    const old = this.rows.get(row.key);
    // Of a product that was never there, there is nothing to show but that.
    if (row.removed === true && old === undefined) {
      this.absent.add(row.key);
      return;
    }
    this.absent.delete(row.key);
    // A label that checks in or a sensor that breathes is no news; an event of the journal is.
    if (!quiet && old?.sequence !== row.sequence) this.litMs.set(row.key, Date.now());
    // A removed product that somebody looks at stays readable, with its last values.
    const next = row.removed === true && old !== undefined ? { ...old, ...row } : row;
    this.rows.set(row.key, next as R);
  }

  // Many changes in one frame are drawn once.
  private drawSoon(): void {
    if (this.frame !== 0) return;
    const draw = (): void => {
      this.frame = 0;
      this.version++;
      for (const follower of [...this.followers]) follower();
    };
    // A page in the background gets no frames, but its title should still follow.
    this.frame = document.hidden ? setTimeout(draw, 100) : requestAnimationFrame(draw);
  }
}

export const nouns = {
  status: new Noun<StatusRow>("status"),
  product: new Noun<ProductRow>("product", true),
  order: new Noun<OrderRow>("order"),
  delivery: new Noun<DeliveryRow & Row>("delivery"),
  transfer: new Noun<TransferRow & Row>("transfer"),
  count: new Noun<CountRow & Row>("count"),
  pick_list: new Noun<PickListRow & Row>("pick_list"),
  label: new Noun<LabelRow>("label"),
  sensor: new Noun<SensorRow>("sensor"),
  alarm: new Noun<AlarmRow>("alarm"),
  link: new Noun<LinkRow>("link"),
};

type Nouns = typeof nouns;

export function startNouns(): void {
  connection.onNotify("change", (params) => {
    const batch = params as Batch;
    tellNews();
    if (Object.hasOwn(nouns, batch.noun)) nouns[batch.noun as keyof Nouns].take(batch, false);
  });
  connection.onUp(() => {
    const epoch = connection.hello.value?.epoch ?? "";
    for (const noun of Object.values(nouns)) noun.resume(epoch);
  });
}

/** Follows a noun while the component is on the page. */
export function useNoun<K extends keyof Nouns>(name: K): Nouns[K] {
  const noun = nouns[name];
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => noun.follow(() => draw(undefined)), [noun]);
  return noun;
}

/** Follows single products; the whole catalogue never travels. */
export function useProducts(keys: readonly string[]): Noun<ProductRow> {
  const noun = useNoun("product");
  const joined = keys.join("\n");
  useEffect(() => (joined === "" ? undefined : noun.want(joined.split("\n"))), [joined]);
  return noun;
}
