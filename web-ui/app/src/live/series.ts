// Several commands that belong together, sent one after the other: what was received or goes
// away, line by line. Each has its own id, made once, so that sending the rest again after a
// refusal does nothing twice.
import { useRef, useState } from "preact/hooks";

import { nowMs } from "./clock";
import { decide, newId } from "./command";
import { tellNews } from "./query";
import type { Answer } from "./rows";

export interface Step {
  /** Whose turn it is, such as a SKU; known again when the rest is sent once more. */
  key: string;
  type: string;
  data: Record<string, unknown>;
}

export interface SeriesForm {
  phase: "open" | "sending" | "waiting" | "resting";
  ready: boolean;
  refusal: Answer | null;
  /** The keys of what is done already. */
  done: ReadonlySet<string>;
  send: (steps: readonly Step[], whenDone: () => void) => void;
  forget: () => void;
}

export function useSeries(): SeriesForm {
  const ids = useRef(new Map<string, string>());
  const running = useRef(false);
  const [phase, setPhase] = useState<SeriesForm["phase"]>("open");
  const [refusal, setRefusal] = useState<Answer | null>(null);
  const [done, setDone] = useState<ReadonlySet<string>>(new Set());
  const idOf = (step: Step): string => {
    const name = `${step.key} ${JSON.stringify(step.data)}`;
    const id = ids.current.get(name) ?? newId();
    ids.current.set(name, id);
    return id;
  };
  const run = async (steps: readonly Step[]): Promise<boolean> => {
    const happened = new Date(nowMs()).toISOString();
    for (const step of steps) {
      if (done.has(step.key)) continue;
      const answer = await decide({ id: idOf(step), type: step.type, data: step.data, happened },
        (waiting) => setPhase(waiting ? "waiting" : "sending"));
      if (answer.outcome !== "accepted") {
        setRefusal(answer);
        return false;
      }
      setDone((old) => new Set([...old, step.key]));
    }
    return true;
  };
  return {
    phase, ready: phase === "open", refusal, done,
    send: (steps, whenDone) => {
      if (running.current) return;
      running.current = true;
      setRefusal(null);
      setPhase("sending");
      void run(steps).then((whole) => {
        running.current = false;
        setPhase("open");
        tellNews();
        if (!whole) return;
        ids.current.clear();
        setDone(new Set());
        whenDone();
      });
    },
    forget: () => setRefusal(null),
  };
}
