// Taking back what a customer brings: all that was announced, or as much of it as is really there.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useSeries } from "../../live/series";
import type { OrderLine, OrderRow } from "../../live/rows";
import { Field, readDecimal, Refusal, Submit } from "../../parts/form";
import { tell } from "../../parts/tell";
import { say } from "../../words/say";
import { itemsOf } from "./order";
import { baseOf, whoOf } from "./order_forms";

function awaited(line: OrderLine): number {
  return Math.max(0, line.quantity - (line.returned ?? 0));
}

export function Receive({ order }: { order: OrderRow }): JSX.Element | null {
  const form = useSeries();
  const [texts, setTexts] = useState<Record<string, string>>({});
  const lines = order.lines.filter((line) => awaited(line) > 0);
  const textOf = (line: OrderLine): string => texts[line.line] ?? String(awaited(line));
  const amountOf = (line: OrderLine): number => readDecimal(textOf(line)) ?? -1;
  const complete = lines.every((line) => amountOf(line) >= 0)
    && lines.some((line) => amountOf(line) > 0);
  if (lines.length === 0) return null;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!complete) return;
    // Every line makes a new version, so that of now would be old for the second one.
    const { version: _, ...base } = baseOf(order);
    form.send(lines.filter((line) => amountOf(line) > 0).map((line) => ({
      key: String(line.line), type: "order.receive",
      data: { ...base, line: String(line.line), quantity: amountOf(line) },
    })), () => tell(say("did_take_back", { who: whoOf(order) })));
  };
  return (
    <form class="stack" onSubmit={submit}>
      {lines.length > 1 && lines.map((line) => (
        <Field key={line.line} kind="decimal" label={line.name ?? line.sku} value={textOf(line)}
          onInput={(text) => setTexts((old) => ({ ...old, [line.line]: text }))} />
      ))}
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={!complete}>
          {say("do_take_back", { count: itemsOf(lines, (line) => Math.max(0, amountOf(line))) })}
        </Submit>
      </div>
    </form>
  );
}
