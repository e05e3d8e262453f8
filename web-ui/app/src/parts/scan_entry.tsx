// Where codes of goods are entered, with how much of each and the last refusal.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { say } from "../words/say";
import { CodeEntry } from "./code_entry";
import { readDecimal, Refusal } from "./form";
import type { Scans } from "./scans";

interface Props {
  label: string;
  verb: string;
  scans: Scans;
}

export function ScanEntry({ label, verb, scans }: Props): JSX.Element {
  const [amount, setAmount] = useState("");
  return (
    <>
      <CodeEntry label={label} verb={verb} onCode={(code) => {
        scans.take(code, readDecimal(amount));
        setAmount("");
      }} />
      <label class="pick-amount">
        <span>{say("pick_amount")}</span>
        <input type="text" inputMode="decimal" class="numeric" value={amount} maxLength={12}
          autocomplete="off" placeholder="1"
          onInput={(event) => setAmount(event.currentTarget.value)} />
      </label>
      <Refusal answer={scans.refusal} />
    </>
  );
}
