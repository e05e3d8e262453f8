// Where the codes of what was picked are entered, with how much of it and the last refusal.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { say } from "../words/say";
import { CodeEntry } from "./code_entry";
import { readDecimal, Refusal } from "./form";
import type { Picks } from "./picks";

export function PickEntry({ picks }: { picks: Picks }): JSX.Element {
  const [amount, setAmount] = useState("");
  return (
    <>
      <CodeEntry label={say("pick_code")} verb={say("do_pick")} onCode={(code) => {
        picks.pick(code, readDecimal(amount));
        setAmount("");
      }} />
      <label class="pick-amount">
        <span>{say("pick_amount")}</span>
        <input type="text" inputMode="decimal" class="numeric" value={amount} maxLength={12}
          autocomplete="off" placeholder="1"
          onInput={(event) => setAmount(event.currentTarget.value)} />
      </label>
      <Refusal answer={picks.refusal} />
    </>
  );
}
