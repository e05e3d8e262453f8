// What happened, said once at the edge of the page and to screen readers, with undo where the
// ledger allows it: an undo is a new movement the other way, never a deletion.
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { Cell, useCell } from "../cell";
import { hearWarnings, useCommand } from "../live/command";
import { say } from "../words/say";
import { Icon } from "./icon";

const STAY_MS = 4000;
// Longer, because there is something to decide or to think about.
const STAY_LONG_MS = 8000;
const TOLD_MAX = 3;

export interface Undo {
  type: string;
  data: Record<string, unknown>;
  /** What to say when it is undone. */
  done: string;
}

interface Told {
  id: number;
  text: string;
  tone: "ok" | "attention";
  undo: Undo | null;
}

const told = new Cell<readonly Told[]>([]);
let nextId = 1;

function forget(id: number): void {
  told.set(told.value.filter((each) => each.id !== id));
}

export function tell(text: string, undo: Undo | null = null, tone: Told["tone"] = "ok"): void {
  const fresh: Told = { id: nextId++, text, undo, tone };
  told.set([...told.value, fresh].slice(-TOLD_MAX));
}

hearWarnings((warning) => tell(warning, null, "attention"));

function Line({ each }: { each: Told }): JSX.Element {
  const form = useCommand();
  const { undo } = each;
  useEffect(() => {
    if (!form.ready || form.refusal !== null) return undefined;
    const timer = setTimeout(() => forget(each.id),
      undo === null && each.tone === "ok" ? STAY_MS : STAY_LONG_MS);
    return () => clearTimeout(timer);
  }, [each.id, form.ready, form.refusal]);
  const act = (): void => {
    if (undo === null) return;
    form.send(undo.type, undo.data, () => {
      forget(each.id);
      tell(undo.done);
    });
  };
  return (
    <div class={`told told-${each.tone}`}>
      <Icon name={each.tone === "ok" ? "check" : "attention"} size={18} />
      <p>{form.refusal === null ? each.text : form.refusal.message ?? say("refused")}</p>
      {undo !== null && form.refusal === null && (
        <button type="button" class="told-undo" aria-disabled={!form.ready} onClick={act}>
          {say("undo")}
        </button>
      )}
      <button type="button" class="button-icon" aria-label={say("dismiss")}
        onClick={() => forget(each.id)}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}

export function Tellings(): JSX.Element {
  const lines = useCell(told);
  return (
    <div class="tellings" role="status" aria-live="polite">
      {lines.map((each) => <Line key={each.id} each={each} />)}
    </div>
  );
}
