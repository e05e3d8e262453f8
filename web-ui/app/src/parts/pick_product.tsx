// Choosing a product for a label: type or scan. A combobox as the ARIA practices describe it.
import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";

import { connection } from "../live/connection";
import type { ProductRow } from "../live/rows";
import { useFocus } from "./form";
import { money } from "../words/format";
import { say } from "../words/say";

const TYPING_MS = 80;
const OFFERED_MAX = 8;

export interface Picked {
  sku: string;
  name: string;
}

interface Props {
  value: Picked | null;
  onPick: (product: Picked | null) => void;
  focus?: boolean;
}

function useOffers(text: string): ProductRow[] {
  const [rows, setRows] = useState<ProductRow[]>([]);
  useEffect(() => {
    if (text.trim() === "") {
      setRows([]);
      return undefined;
    }
    let left = false;
    const timer = setTimeout(() => {
      const search = { q: text.trim(), limit: OFFERED_MAX };
      connection.request<{ rows: ProductRow[] }>("product.search", search).then(
        (answer) => (left ? undefined : setRows(answer.rows)), () => undefined,
      );
    }, TYPING_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [text]);
  return rows;
}

export function PickProduct({ value, onPick, focus = false }: Props): JSX.Element {
  const id = useId();
  const input = useFocus(focus);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const offers = useOffers(value === null ? text : "");
  useEffect(() => setAt(0), [offers]);
  const pick = (row: ProductRow | undefined): void => {
    if (row === undefined) return;
    onPick({ sku: row.sku, name: row.name });
    setText("");
  };
  const keys = (event: KeyboardEvent): void => {
    if (offers.length === 0) return;
    if (event.key === "ArrowDown") setAt((at + 1) % offers.length);
    else if (event.key === "ArrowUp") setAt((at + offers.length - 1) % offers.length);
    else if (event.key === "Enter") pick(offers[at]);
    else if (event.key === "Escape") setText("");
    else return;
    event.preventDefault();
  };
  const open = offers.length > 0;
  return (
    <div class="field pick">
      <label for={id}>{say("col_product")}</label>
      <input ref={input} id={id} type="text" role="combobox" aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={`${id}-list`} autocomplete="off" maxLength={100}
        aria-activedescendant={open ? `${id}-${at}` : undefined}
        placeholder={say("pick_product")} value={value === null ? text : value.name}
        onInput={(event) => {
          if (value !== null) onPick(null);
          setText(event.currentTarget.value);
        }} onKeyDown={keys} />
      {open && (
        <ul class="offers" id={`${id}-list`} role="listbox" aria-label={say("col_product")}>
          {offers.map((row, index) => (
            <li key={row.key} id={`${id}-${index}`} role="option" aria-selected={index === at}
              onPointerDown={(event) => {
                event.preventDefault();
                pick(row);
              }}>
              <span>
                <bdi lang={row.lang}>{row.name}</bdi><small class="code">{row.sku}</small>
              </span>
              <span class="quiet">{money(row.price, row.currency)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
