// The forms of an order's verbs. Each carries the version that the person saw, so that two people
// cannot take the same step twice.
import type { ComponentChildren } from "preact";

import { byAssociate } from "../../live/associate";
import type { OrderRow, OrderVerb } from "../../live/rows";
import { soonOptions } from "../../parts/ask";
import type { AskField } from "../../parts/ask";
import { say } from "../../words/say";

export interface VerbForm {
  type: string;
  data: Record<string, unknown>;
  fields: readonly AskField[];
  verb: string;
  done: string;
  means?: ComponentChildren;
  danger?: boolean;
}

/** What is known of the order in every one of its commands. */
export function baseOf(order: OrderRow): Record<string, unknown> {
  return { order: order.order, version: order.version, ...byAssociate() };
}

export function whoOf(order: OrderRow): string {
  return order.person || order.customer || order.order;
}

function reasonField(required: boolean, ...suggestions: string[]): AskField {
  return { name: "reason", word: "reason", required, suggestions };
}

const SHELF_FIRST = ["shelf", "backroom", "damaged"] as const;

export function placeField(places: readonly string[]): AskField {
  return {
    name: "to", word: "where_to", kind: "choice", initial: places[0] ?? "",
    options: places.map((place) => ({ value: place, word: placeWord(place) })),
  };
}

export function placeWord(place: string): string {
  return place === "vendor" ? say("place_vendor") : say(`bucket_${place}` as "bucket_shelf");
}

type Maker = (order: OrderRow) => Omit<VerbForm, "type" | "data">;

const FORMS: Partial<Record<OrderVerb, Maker>> = {
  accept: (order) => ({
    fields: [], verb: say("do_accept"), done: say("did_accept", { who: whoOf(order) }),
  }),
  reject: (order) => ({
    fields: [reasonField(true, say("reason_no_stock"), say("reason_closed"))], danger: true,
    verb: say("do_reject"), done: say("did_reject", { who: whoOf(order) }),
    means: say("reject_means"),
  }),
  hold: (order) => ({
    fields: [
      reasonField(true, say("reason_ask_customer"), say("reason_wait_delivery")),
      {
        name: "until", word: "hold_until", kind: "in",
        options: soonOptions(say("until_released")),
      },
    ],
    verb: say("do_hold"), done: say("did_hold", { who: whoOf(order) }),
  }),
  release: (order) => ({
    fields: [], verb: say("do_release"), done: say("did_release", { who: whoOf(order) }),
  }),
  stage: (order) => ({
    fields: [{
      name: "location", word: "location", required: true, hint: say("location_hint"),
      initial: order.location ?? "",
    }],
    verb: say("do_stage"), done: say("did_stage", { who: whoOf(order) }),
  }),
  ready: (order) => ({
    fields: [], verb: say("do_ready"), done: say("did_ready", { who: whoOf(order) }),
  }),
  arrive: (order) => ({
    fields: [
      { name: "bay", word: "bay", initial: order.bay ?? "" },
      { name: "vehicle", word: "vehicle", initial: order.vehicle ?? "" },
    ],
    verb: say("do_arrive"), done: say("did_arrive", { who: whoOf(order) }),
  }),
  pack: (order) => ({
    fields: [{ name: "packages", word: "packages", kind: "decimal", initial: "1" }],
    verb: say("do_pack"), done: say("did_pack", { who: whoOf(order) }),
  }),
  ship: (order) => ({
    fields: [
      { name: "carrier", word: "carrier", required: true },
      { name: "tracking", word: "tracking" },
    ],
    verb: say("do_ship"), done: say("did_ship", { who: whoOf(order) }),
  }),
  cancel: (order) => ({
    fields: [reasonField(false, say("reason_customer"), say("reason_no_stock"),
      say("reason_mistake"))],
    danger: true, verb: say("do_cancel"), done: say("did_cancel", { who: whoOf(order) }),
    means: say(order.lines.some((line) => (line.picked ?? 0) > 0)
      ? "cancel_means_picked" : "cancel_means"),
  }),
  restock: (order) => ({
    fields: [placeField(SHELF_FIRST)], verb: say("do_restock"),
    done: say("did_restock", { who: whoOf(order) }), means: say("restock_means"),
  }),
  inspect: (order) => ({
    fields: [
      placeField(["shelf", "backroom", "damaged", "vendor"]),
      reasonField(false, say("reason_as_new"), say("reason_opened"), say("reason_damaged")),
    ],
    verb: say("do_inspect"), done: say("did_inspect", { who: whoOf(order) }),
    means: say("inspect_means"),
  }),
  refund: (order) => ({
    fields: [], verb: say("do_refund"), done: say("did_refund", { who: whoOf(order) }),
    means: say("refund_means"),
  }),
  close: (order) => ({
    fields: [], verb: say("do_close"), done: say("did_close", { who: whoOf(order) }),
  }),
  update: (order) => ({
    fields: [
      { name: "person", word: "person", initial: order.person ?? "" },
      { name: "note", word: "note", initial: order.note ?? "" },
      { name: "ready_by", word: "ready_by", kind: "in", options: soonOptions(say("as_it_is")) },
      { name: "collect_by", word: "collect_by", kind: "in", options: soonOptions(say("as_it_is")) },
      {
        name: "payment", word: "payment", kind: "choice",
        options: [
          { value: "", word: say("as_it_is") }, { value: "due", word: say("payment_due") },
          { value: "paid", word: say("payment_paid") },
        ],
      },
    ],
    verb: say("do_save"), done: say("did_update", { who: whoOf(order) }),
  }),
};

/** The form of a verb; null for verbs that have a panel of their own. */
export function formOf(order: OrderRow, verb: OrderVerb): VerbForm | null {
  const make = FORMS[verb];
  if (make === undefined) return null;
  return { type: `order.${verb}`, data: baseOf(order), ...make(order) };
}
