// Where codes are scanned one after the other, or typed. While it is on the page every scan
// belongs to it. Codes wait for their turn: a fast scanner is never told to wait.
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";

import { ask, useScanClaim } from "../scan/resolve";
import { Camera } from "../scan/camera";
import { useFocus } from "./form";

interface Props {
  label: string;
  verb: string;
  onCode: (code: string) => void;
  focus?: boolean;
  hint?: string | undefined;
}

export function CodeEntry({ label, verb, onCode, focus = false, hint }: Props): JSX.Element {
  const id = useId();
  const [text, setText] = useState("");
  const input = useFocus(focus);
  useScanClaim((code) => {
    onCode(code);
    return true;
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    const code = text.trim();
    if (code === "") return;
    setText("");
    onCode(code);
    input.current?.focus();
  };
  return (
    <form class="code-entry" onSubmit={submit}>
      <label for={id}>{label}</label>
      <div class="scan-entry">
        <input ref={input} id={id} type="text" autocomplete="off" autocapitalize="off"
          spellcheck={false} maxLength={512} value={text} enterkeyhint="send"
          onInput={(event) => setText(event.currentTarget.value)} />
        <button type="submit" class="button button-primary" aria-disabled={text.trim() === ""}>
          {verb}
        </button>
      </div>
      {hint !== undefined && <p class="field-hint">{hint}</p>}
      <Camera onCode={onCode} />
    </form>
  );
}

/** The product that a code means, by any of its codes; null when it means something else. */
export async function productOf(code: string): Promise<string | null> {
  const found = await ask(code);
  return found.kind === "product" && found.key !== undefined ? found.key : null;
}

/**
 * The member of a command that says what was scanned: the code itself, because it may tell a lot,
 * a date or a weight; only a SKU is a SKU.
 */
export function whatOf(code: string, sku: string | null): { sku: string } | { barcode: string } {
  return sku === code ? { sku } : { barcode: code };
}
