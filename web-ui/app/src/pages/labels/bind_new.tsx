// Binding from the list: first the label, then the product, each scanned or typed.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { LabelRow } from "../../live/rows";
import { Field } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { useScanClaim } from "../../scan/resolve";
import { say } from "../../words/say";
import { BindForm } from "./bind_form";
import { readLabelId } from "./label";

interface Props {
  labels: ReadonlyMap<string, LabelRow>;
  onClose: () => void;
}

export function BindNew({ labels, onClose }: Props): JSX.Element {
  const [text, setText] = useState("");
  const label = readLabelId(text);
  useScanClaim((code) => {
    if (readLabelId(code) === null) return false;
    setText(code);
    return true;
  });
  const bound = label === null ? undefined : labels.get(label);
  const hint = text === "" ? say("label_id_hint")
    : label === null ? say("label_id_bad")
    : bound?.name ? say("label_shows", { name: bound.name }) : undefined;
  return (
    <section class="bind-new" aria-label={say("bind_label")}>
      <button type="button" class="button-icon bind-close" aria-label={say("close")}
        onClick={onClose}>
        <Icon name="close" size={18} />
      </button>
      <Field label={say("col_label")} value={text} onInput={setText} focus hint={hint}
        placeholder="00124B0021F3A7C4" />
      {label !== null && (
        <BindForm key={label} label={label} before={bound?.sku ?? null} focus
          onDone={() => setText("")} />
      )}
    </section>
  );
}
