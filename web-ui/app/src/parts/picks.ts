// Sends one pick after the other, so that no scan is lost to the one before it: a scanner is
// faster than a commit.
import { useEffect, useRef } from "preact/hooks";

import { useCommand } from "../live/command";
import type { Answer } from "../live/rows";
import { say } from "../words/say";
import { productOf, whatOf } from "./code_entry";
import { tell } from "./tell";

interface Waiting {
  code: string;
  amount: number | null;
}

/** What a code means here: the members of order.pick, and the product's name. */
export interface Target {
  data: Record<string, unknown>;
  name: string;
}

export interface Picks {
  refusal: Answer | null;
  pick: (code: string, amount: number | null) => void;
}

/** `targetOf` gets the product of the code, or null when it is none. */
export function usePicks(targetOf: (sku: string | null, code: string) => Target): Picks {
  const form = useCommand(0);
  const queue = useRef<Waiting[]>([]);
  const asking = useRef(false);
  const target = useRef(targetOf);
  target.current = targetOf;
  const next = async (): Promise<void> => {
    if (asking.current) return;
    const waiting = queue.current.shift();
    if (waiting === undefined) return;
    asking.current = true;
    const sku = await productOf(waiting.code).catch(() => null);
    asking.current = false;
    const { data, name } = target.current(sku, waiting.code);
    const what = whatOf(waiting.code, sku);
    const amount = waiting.amount === null ? {} : { quantity: waiting.amount };
    form.send("order.pick", { ...data, ...what, ...amount }, () =>
      tell(say("did_pick_one", { name })));
  };
  useEffect(() => {
    if (form.ready) void next();
  }, [form.ready]);
  const pick: Picks["pick"] = (code, amount) => {
    queue.current.push({ code, amount });
    if (form.ready) void next();
  };
  return { refusal: form.refusal, pick };
}
