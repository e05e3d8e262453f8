// Scan: for a code that was not read by the scanner, by camera or by hand; and where a scan that
// nobody knows ends up, with the two sensible next steps.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { useFocus } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Head, Pane } from "../../parts/page";
import { When } from "../../parts/when";
import { hrefOf, route } from "../../route";
import { Camera } from "../../scan/camera";
import { hrefOfFound, recentScans, resolveScan } from "../../scan/resolve";
import type { Scan as Scanned } from "../../scan/resolve";
import { say, sayOr } from "../../words/say";
import { readLabelId } from "../labels/label";

function Unknown({ code }: { code: string }): JSX.Element {
  const label = readLabelId(code);
  return (
    <section class="unknown" role="alert">
      <Icon name="unknown" size={28} />
      <div>
        <p class="unknown-title">{say("scan_unknown")}</p>
        <p class="code"><bdi>{code}</bdi></p>
        <p>{say("scan_unknown_hint")}</p>
        <div class="buttons">
          <a class="button" href={hrefOf("/stock", { q: code })}>{say("scan_search")}</a>
          {label === null
            ? <a class="button" href="/orders">{say("scan_to_orders")}</a>
            : <a class="button" href={hrefOf("/labels", { label })}>{say("scan_bind")}</a>}
        </div>
      </div>
    </section>
  );
}

function Recent({ scan }: { scan: Scanned }): JSX.Element {
  const href = hrefOfFound(scan.found);
  const icons = { product: "stock", label: "labels", order: "orders", unknown: "unknown" } as const;
  const inside = (
    <>
      <Icon name={icons[scan.found.kind] ?? "unknown"} />
      <span class="code"><bdi>{scan.code}</bdi></span>
      <span class="quiet">{sayOr(`scan_is_${scan.found.kind}`, scan.found.kind)}</span>
      <span class="quiet"><When at={new Date(scan.timeMs).toISOString()} /></span>
    </>
  );
  return (
    <li>{href === null ? <span class="scanned">{inside}</span>
      : <a class="scanned" href={href}>{inside}</a>}</li>
  );
}

export function Scan(): JSX.Element {
  const { query } = useCell(route);
  const scans = useCell(recentScans);
  const [text, setText] = useState("");
  const input = useFocus(true);
  const unknown = query.get("unknown");
  const submit = (event: Event): void => {
    event.preventDefault();
    const code = text.trim();
    if (code === "") return;
    setText("");
    void resolveScan(code);
  };
  return (
    <Pane name="scan">
      <Head title={say("place_scan")} />
      <div class="scan">
        {unknown !== null && <Unknown code={unknown} />}
        <form class="scan-form" onSubmit={submit}>
          <label for="scan-code">{say("scan_code")}</label>
          <div class="scan-entry">
            <input ref={input} id="scan-code" type="text" inputMode="text" autocomplete="off"
              autocapitalize="off" spellcheck={false} maxLength={512} value={text}
              onInput={(event) => setText(event.currentTarget.value)} />
            <button type="submit" class="button button-primary" aria-disabled={text.trim() === ""}>
              {say("scan_do")}
            </button>
          </div>
          <p class="quiet">{say("scan_hint")}</p>
        </form>
        <Camera onCode={(code) => void resolveScan(code)} />
        {scans.length > 0 && (
          <section class="block">
            <div class="block-head"><h2>{say("scan_recent")}</h2></div>
            <ul class="scans">
              {scans.map((scan) => <Recent key={`${scan.timeMs} ${scan.code}`} scan={scan} />)}
            </ul>
          </section>
        )}
      </div>
    </Pane>
  );
}
