// When a line cannot be picked as ordered: short with a reason, or another product in its place,
// as far as the customer allowed that.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { say } from "../words/say";
import { Ask } from "./ask";
import { CodeEntry, productOf, whatOf } from "./code_entry";

export type Trouble = "short" | "substitute";

interface Props {
  /** The order's members of the command: order, version, associate. */
  base: Record<string, unknown>;
  line: string | number;
  name: string;
  left: number;
  trouble: Trouble;
  onDone: () => void;
}

export function PickTrouble(props: Props): JSX.Element {
  const { base, name, left, onDone } = props;
  const data = { ...base, line: String(props.line) };
  if (props.trouble === "substitute") return <Substitute {...props} base={data} />;
  return (
    <Ask type="order.short" data={data} verb={say("do_short")} onDone={onDone} onKeep={onDone}
      means={say("short_means", { name })} done={() => say("did_short", { name })}
      fields={[{
        name: "quantity", word: "quantity", kind: "decimal", required: true,
        initial: String(left),
      }, {
        name: "reason", word: "reason", required: true, initial: say("reason_no_stock"),
        suggestions: [say("reason_no_stock"), say("reason_damaged"), say("reason_missing")],
      }, {
        name: "outcome", word: "short_then", kind: "choice", initial: "partial",
        options: [
          { value: "partial", word: say("short_partial") },
          { value: "offered_back", word: say("short_offered_back") },
        ],
      }]} />
  );
}

function Substitute({ base, name, left, onDone }: Props): JSX.Element {
  const [found, setFound] = useState<{ code: string; sku: string | null } | null>(null);
  if (found === null)
    return (
      <div class="stack">
        <CodeEntry label={say("substitute_code", { name })} verb={say("scan_do")} focus
          onCode={(code) => void productOf(code).catch(() => null).then((sku) =>
            setFound({ code, sku }))} />
        <div class="buttons">
          <button type="button" class="button button-plain" onClick={onDone}>{say("do_not")}
          </button>
        </div>
      </div>
    );
  return (
    <Ask type="order.substitute" data={{ ...base, ...whatOf(found.code, found.sku) }}
      verb={say("do_substitute")} onDone={onDone} onKeep={onDone}
      means={say("substitute_means", { name, code: found.code })}
      done={() => say("did_substitute", { name })}
      fields={[
        {
          name: "quantity", word: "quantity", kind: "decimal", required: true,
          initial: String(left),
        },
        { name: "asked", word: "customer_agreed", kind: "yes" },
      ]} />
  );
}
