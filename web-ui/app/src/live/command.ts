// Commands. The id is made here, once per form, and stays the same through every retry: the node
// decides a command once and repeats its first answer, so sending again is always safe.
import { useEffect, useRef, useState } from "preact/hooks";

import { nowMs } from "./clock";
import { connection, Cut, Refused } from "./connection";
import { tellNews } from "./query";
import type { Answer } from "./rows";

const BUSY_WAIT_MS = 400;
// After an outcome the buttons rest for a moment: the second half of a double tap must not land
// on the next step's button, which now stands in the same spot.
const REST_MS = 600;

export function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // Only a page from localhost or over TLS has randomUUID; plain HTTP in the shop does not.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [
    hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`,
    ((bytes[8]! & 0x3f) | 0x80).toString(16) + hex.slice(18, 20), hex.slice(20),
  ].join("-");
}

export interface Command {
  id: string;
  type: string;
  data: Record<string, unknown>;
  happened: string;
}

function untilUp(): Promise<void> {
  if (connection.up) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = connection.onUp(() => {
      stop();
      resolve();
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

let hear: (warning: string) => void = () => undefined;

/** Who shows what was done, but not without a word: a later lot was picked, somebody lacks it. */
export function hearWarnings(listener: (warning: string) => void): void {
  hear = listener;
}

/** Sends until there is a final answer. onWait tells when the node is away or busy. */
export async function decide(
  command: Command, onWait: (waiting: boolean) => void,
): Promise<Answer> {
  for (;;) {
    onWait(!connection.up);
    await untilUp();
    onWait(false);
    try {
      const answer = await connection.request<Answer>("command", command);
      if (answer.outcome !== "busy") {
        if (answer.warning !== undefined && answer.warning !== "") hear(answer.warning);
        return answer;
      }
      onWait(true);
      await pause(BUSY_WAIT_MS * (1 + Math.random()));
    } catch (error) {
      if (error instanceof Refused)
        return { id: command.id, outcome: "refused", code: "malformed", message: error.message };
      if (!(error instanceof Cut)) throw error;
      await pause(50);
    }
  }
}

export type FormPhase = "open" | "sending" | "waiting" | "resting";

export interface CommandForm {
  phase: FormPhase;
  /** False while a command is on its way: the button shows it and a second tap does nothing. */
  ready: boolean;
  refusal: Answer | null;
  send: (type: string, data: Record<string, unknown>, done: (answer: Answer) => void) => void;
  forget: () => void;
}

/**
 * One form. Its id is its command's id until a final answer came. restMs is 0 for what is sent by
 * scans: there the second one of two is meant.
 */
export function useCommand(restMs = REST_MS): CommandForm {
  const id = useRef(newId());
  const inFlight = useRef(false);
  const mounted = useRef(true);
  const [phase, setPhase] = useState<FormPhase>("open");
  const [refusal, setRefusal] = useState<Answer | null>(null);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);

  const settle = (answer: Answer, done: (answer: Answer) => void): void => {
    id.current = newId();
    if (answer.outcome === "accepted") {
      tellNews();
      done(answer);
    }
    setTimeout(() => {
      inFlight.current = false;
      if (mounted.current) setPhase("open");
    }, restMs);
    if (!mounted.current) return;
    setRefusal(answer.outcome === "accepted" ? null : answer);
    setPhase("resting");
  };

  const send: CommandForm["send"] = (type, data, done) => {
    if (inFlight.current) return;
    inFlight.current = true;
    setRefusal(null);
    setPhase("sending");
    const command = { id: id.current, type, data, happened: new Date(nowMs()).toISOString() };
    void decide(command, (waiting) => {
      if (mounted.current) setPhase(waiting ? "waiting" : "sending");
    }).then((answer) => settle(answer, done));
  };

  return { phase, ready: phase === "open", refusal, send, forget: () => setRefusal(null) };
}
