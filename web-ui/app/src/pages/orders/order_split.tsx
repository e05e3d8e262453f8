// Splitting: some of what is not picked yet becomes an order of its own.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCommand } from "../../live/command";
import type { OrderRow } from "../../live/rows";
import { Field, readDecimal, Refusal, Submit } from "../../parts/form";
import { shortId } from "../../parts/short_id";
import { tell } from "../../parts/tell";
import { quantity } from "../../words/format";
import { say } from "../../words/say";
import { leftOf } from "./order";
import { baseOf } from "./order_forms";

interface Props {
  order: OrderRow;
  onKeep: () => void;
}

export function Split({ order, onKeep }: Props): JSX.Element {
  const form = useCommand();
  const [into] = useState(() => shortId("S-"));
  const [texts, setTexts] = useState<Record<string, string>>({});
  const lines = order.lines.filter((line) => leftOf(line) > 0);
  const taken = lines.map((line) => ({
    line: String(line.line), quantity: readDecimal(texts[line.line] ?? "") ?? 0,
  })).filter((each) => each.quantity > 0);
  return (
    <form class="stack" onSubmit={(event) => {
      event.preventDefault();
      if (taken.length === 0) return;
      form.send("order.split", { ...baseOf(order), into, lines: taken }, () => {
        tell(say("did_split", { order: into }));
        onKeep();
      });
    }}>
      <p>{say("split_means")}</p>
      {lines.map((line) => (
        <Field key={line.line} kind="decimal" label={line.name ?? line.sku}
          value={texts[line.line] ?? ""}
          hint={say("left_of", { amount: quantity(leftOf(line), line.sold_by) })}
          onInput={(text) => setTexts((old) => ({ ...old, [line.line]: text }))} />
      ))}
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={taken.length === 0}>{say("do_split")}</Submit>
        <button type="button" class="button button-plain" onClick={onKeep}>{say("do_not")}
        </button>
      </div>
    </form>
  );
}
