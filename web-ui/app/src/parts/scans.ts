// Sends a command for each scan, one after the other, so that none is lost to the one before it: a
// scanner is faster than a commit.
import { useEffect, useRef } from "preact/hooks";

import { useCommand } from "../live/command";
import type { Answer } from "../live/rows";
import { productOf, whatOf } from "./code_entry";
import { tell } from "./tell";

interface Waiting {
  code: string;
  amount: number | null;
}

/** What a code means here: the command's other members, and what to say when it is done. */
export interface Target {
  data: Record<string, unknown>;
  said: string;
}

export interface Scans {
  refusal: Answer | null;
  take: (code: string, amount: number | null) => void;
}

/** `targetOf` gets the product of the code, or null when it is none. */
export function useScans(
  type: string, targetOf: (sku: string | null, code: string, amount: number | null) => Target,
): Scans {
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
    const { data, said } = target.current(sku, waiting.code, waiting.amount);
    const amount = waiting.amount === null ? {} : { quantity: waiting.amount };
    form.send(type, { ...data, ...whatOf(waiting.code, sku), ...amount }, () => tell(said));
  };
  useEffect(() => {
    if (form.ready) void next();
  }, [form.ready]);
  const take: Scans["take"] = (code, amount) => {
    queue.current.push({ code, amount });
    if (form.ready) void next();
  };
  return { refusal: form.refusal, take };
}
