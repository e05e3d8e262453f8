// What is asked for instead of followed: lists that the node works out when it is asked. They are
// asked for again when the store has news, when the line is back and after an own command, so
// that a page with them is as alive as one that follows rows.
import { useEffect, useReducer, useRef, useState } from "preact/hooks";

import { Cell, useCell } from "../cell";
import { connection, Cut } from "./connection";

const NEWS_REST_MS = 400;
// What follows only from the time, such as being late, changes without any event.
export const AGAIN_MS = 20000;

/** Counts up when something in the store has changed; at most a few times a second. */
export const news = new Cell<number>(0);
let timer = 0;

export function tellNews(): void {
  if (timer !== 0) return;
  timer = setTimeout(() => {
    timer = 0;
    news.set(news.value + 1);
  }, NEWS_REST_MS);
}

export interface Asked<T> {
  answer: T | null;
  /** Why there is none, in the node's words; empty while all is well. */
  fault: string;
  /** False until the first answer or refusal. */
  known: boolean;
  again: () => void;
}

/**
 * Asks the node; null asks nothing. The last answer stays while a newer one is on its way. Where
 * rows tell of every change, everyMs is 0 and nothing is asked without a reason.
 */
export function useQuery<T>(
  method: string, params: Record<string, unknown> | null, everyMs = AGAIN_MS,
): Asked<T> {
  const [state, setState] = useState<{ of: string; answer: T | null; fault: string } | null>(null);
  const [turn, again] = useReducer((count: number) => count + 1, 0);
  const line = useCell(connection.line);
  const fresh = useCell(news);
  const text = params === null ? null : `${method} ${JSON.stringify(params)}`;
  const shown = useRef(text);
  shown.current = text;
  useEffect(() => {
    if (everyMs === 0) return undefined;
    const every = setInterval(() => again(undefined), everyMs);
    return () => clearInterval(every);
  }, [everyMs]);
  useEffect(() => {
    if (text === null || params === null) return;
    const take = (answer: T | null, fault: string): void => {
      if (shown.current === text) setState({ of: text, answer, fault });
    };
    connection.request<T>(method, params).then(
      (answer) => take(answer, ""),
      (error: unknown) => {
        // A cut heals by itself; what was there stays.
        if (!(error instanceof Cut)) take(null, error instanceof Error ? error.message : "");
      },
    );
  }, [text, line.state === "up", fresh, turn]);
  const known = state !== null && state.of === text;
  return {
    answer: known ? state.answer : null, fault: known ? state.fault : "", known,
    again: () => again(undefined),
  };
}
