import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { TypeNode } from "../protocol";
import { exactBytes, fromHex, hexByte } from "../text/bytes";
import { Icon } from "../ui/Icon";
import { Words } from "../ui/Words";
import { isHandleOf, resourceOf } from "../wave/handles";
import {
  caseValue,
  defaultValue,
  elementOf,
  field,
  fixedLength,
  integerRange,
  isFloat,
  problems,
  type WaveValue,
} from "../wave/value";

interface ValueFormProps {
  type: TypeNode;
  value: WaveValue;
  /** How one reads the place aloud: `of`, `of[2].x`. */
  path: string;
  onChange: (value: WaveValue) => void;
  /** The live handles of the kept instance. */
  handles: readonly string[];
}

/** More items than this are edited as WAVE. */
const MOST_ITEMS = 100;

/** A form for one value of any type. It holds no state of its own but what is half typed. */
export function ValueForm(props: ValueFormProps): JSX.Element {
  const { kind } = props.type;
  if (integerRange(kind) || isFloat(kind)) return <NumberField {...props} />;
  switch (kind) {
    case "bool":
      return <BoolField {...props} />;
    case "char":
      return <CharField {...props} />;
    case "string":
      return <StringField {...props} />;
    case "enum":
      return <EnumField {...props} />;
    case "flags":
      return <FlagsField {...props} />;
    case "list":
      return elementOf(props.type)?.kind === "u8" && fixedLength(props.type) === null ? (
        <BytesField {...props} />
      ) : (
        <ListField {...props} />
      );
    case "map":
      return (
        <ListField
          {...props}
          type={{
            kind: "list",
            text: props.type.text,
            items: [{ name: "entry", type: { kind: "tuple", text: "entry", items: props.type.items ?? [] } }],
          }}
        />
      );
    case "record":
    case "tuple":
      return <RecordField {...props} />;
    case "variant":
    case "result":
      return <VariantField {...props} />;
    case "option":
      return <OptionField {...props} />;
    case "own":
    case "borrow":
      return <HandleField {...props} />;
    default:
      return (
        <p class="quiet-note">
          A value of type <code>{props.type.text}</code> cannot be typed.
        </p>
      );
  }
}

/** What is wrong with a leaf, under it. */
function Wrong({ id, type, value }: { id: string; type: TypeNode; value: WaveValue }): JSX.Element | null {
  const wrong = problems(type, value)[0];
  return wrong ? (
    <span class="field-error" id={id}>
      <Words text={wrong.message} />
    </span>
  ) : null;
}

function NumberField({ type, value, path, onChange }: ValueFormProps): JSX.Element {
  const id = useId();
  const wrong = problems(type, value).length > 0;
  const range = integerRange(type.kind);
  const text = typeof value === "number" && Object.is(value, -0) ? "-0" : String(value ?? "");
  const hint = range ? `${range.low} … ${range.high}` : "number, nan, inf, -inf";
  const step = (by: bigint): void => {
    if (!range || !/^-?\d+$/.test(text)) return;
    const next = BigInt(text) + by;
    if (next >= range.low && next <= range.high) onChange(type.kind.endsWith("64") ? String(next) : Number(next));
  };
  return (
    <span class="leaf">
      <input
        class="field mono number"
        inputMode={range ? "numeric" : "decimal"}
        autocomplete="off"
        spellcheck={false}
        value={text}
        size={Math.min(22, Math.max(8, text.length + 1))}
        title={`${type.text}: ${hint}`}
        aria-label={`${path}, ${type.kind}`}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onInput={(event) => onChange(readNumber(type, event.currentTarget.value))}
        onKeyDown={(event) => {
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          if (!range) return;
          event.preventDefault();
          step(event.key === "ArrowUp" ? 1n : -1n);
        }}
      />
      <span class="range">{range ? rangeText(type.kind) : ""}</span>
      <Wrong id={`${id}-wrong`} type={type} value={value} />
    </span>
  );
}

function rangeText(kind: string): string {
  const range = integerRange(kind);
  if (!range) return "";
  if (kind.endsWith("64")) return kind.startsWith("s") ? "−2⁶³ … 2⁶³−1" : "0 … 2⁶⁴−1";
  return `${range.low.toLocaleString("en")} … ${range.high.toLocaleString("en")}`.replace("-", "−");
}

/** The typed text as a value; what is no number stays text. */
function readNumber(type: TypeNode, text: string): WaveValue {
  const trimmed = text.trim();
  if (integerRange(type.kind))
    return !type.kind.endsWith("64") && /^-?\d{1,15}$/.test(trimmed) && String(Number(trimmed)) === trimmed
      ? Number(trimmed)
      : trimmed;
  return trimmed;
}

function BoolField({ value, path, onChange }: ValueFormProps): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        aria-label={`${path}, bool`}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span class="mono">{value === true ? "true" : "false"}</span>
    </label>
  );
}

function CharField({ type, value, path, onChange }: ValueFormProps): JSX.Element {
  const id = useId();
  const text = typeof value === "string" ? value : "";
  const code = text.codePointAt(0);
  const wrong = problems(type, value).length > 0;
  return (
    <span class="leaf">
      <input
        class="field mono"
        size={4}
        value={text}
        aria-label={`${path}, char`}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <span class="range">{code === undefined ? "" : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`}</span>
      <Wrong id={`${id}-wrong`} type={type} value={value} />
    </span>
  );
}

function StringField({ value, path, onChange }: ValueFormProps): JSX.Element {
  const text = typeof value === "string" ? value : "";
  return (
    <textarea
      class="field"
      rows={Math.min(8, text.split("\n").length)}
      value={text}
      spellcheck={false}
      placeholder="empty text"
      aria-label={`${path}, string`}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function EnumField({ type, value, path, onChange }: ValueFormProps): JSX.Element {
  return (
    <select
      class="field"
      aria-label={`${path}, ${type.text}`}
      value={String(value)}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {(type.labels ?? []).map((label) => (
        <option key={label} value={label}>
          {label}
        </option>
      ))}
    </select>
  );
}

function FlagsField({ type, value, path, onChange }: ValueFormProps): JSX.Element {
  const chosen = new Set(Array.isArray(value) ? value.map(String) : []);
  const labels = type.labels ?? [];
  return (
    <fieldset class="flags">
      <legend class="aloud">{`${path}, ${type.text}`}</legend>
      {labels.map((label) => (
        <label key={label} class="check">
          <input
            type="checkbox"
            checked={chosen.has(label)}
            onChange={(event) =>
              onChange(labels.filter((one) => (one === label ? event.currentTarget.checked : chosen.has(one))))
            }
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** The largest file whose bytes are put into an argument. */
const LARGEST = 1_000_000;

/** `list<u8>`: in hexadecimal, as the UTF-8 of a text, or out of a file. What is no hexadecimal stays as it was typed. */
function BytesField({ type, value, path, onChange }: ValueFormProps): JSX.Element {
  const id = useId();
  const broken = typeof value === "string" ? value : null;
  const bytes = Uint8Array.from(Array.isArray(value) ? value.map(Number) : []);
  const canonical = [...bytes].map(hexByte).join(" ");
  const [typed, setTyped] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const shown = broken ?? (typed !== null && sameBytes(readHex(typed), bytes) ? typed : canonical);
  return (
    <span class="leaf wide">
      <textarea
        class="field mono"
        rows={Math.min(6, 1 + Math.floor(shown.length / 48))}
        value={shown}
        spellcheck={false}
        placeholder="bytes in hexadecimal: 48 65 6c"
        aria-label={`${path}, bytes in hexadecimal`}
        aria-invalid={broken !== null}
        aria-describedby={broken !== null ? `${id}-wrong` : undefined}
        onInput={(event) => {
          const text = event.currentTarget.value;
          const read = readHex(text);
          setTyped(text);
          setRefused(null);
          onChange(read ? [...read] : text);
        }}
      />
      <Wrong id={`${id}-wrong`} type={type} value={value} />
      <span class="row wrap">
        {broken === null ? (
          <span class="range">{exactBytes(bytes.length)}</span>
        ) : (
          <button
            type="button"
            class="button quiet small"
            onClick={() => onChange([...new TextEncoder().encode(broken)])}
          >
            Take it as text<span class="aloud"> for {path}</span>
          </button>
        )}
        <label class="button quiet small file-button">
          From a file…
          <input
            type="file"
            class="aloud"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (!file) return;
              setRefused(file.size > LARGEST ? `${file.name} is larger than ${exactBytes(LARGEST)}` : null);
              if (file.size <= LARGEST) void file.arrayBuffer().then((buffer) => onChange([...new Uint8Array(buffer)]));
            }}
          />
        </label>
        {refused ? (
          <span class="field-error" role="alert">
            {refused}
          </span>
        ) : null}
      </span>
    </span>
  );
}

/** The bytes of a text in hexadecimal; null where it is none, or has half a byte. */
function readHex(text: string): Uint8Array | null {
  const digits = text.replace(/\s+/g, "");
  return /^([0-9a-fA-F]{2})*$/.test(digits) ? fromHex(digits) : null;
}

function sameBytes(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function ListField({ type, value, path, onChange, handles }: ValueFormProps): JSX.Element {
  const items = Array.isArray(value) ? value : [];
  const element = elementOf(type);
  if (!element) return <p class="quiet-note">This list has no element type.</p>;
  const fixed = fixedLength(type) !== null;
  const replace = (index: number, item: WaveValue): void =>
    onChange(items.map((one, at) => (at === index ? item : one)));
  return (
    <div class="list-field" role="group" aria-label={`${path}, ${type.text}, ${items.length} items`}>
      {items.slice(0, MOST_ITEMS).map((item, index) => (
        <div class="list-item" key={index}>
          <span class="index" aria-hidden="true">
            {index}
          </span>
          <ValueForm
            type={element}
            value={item}
            path={`${path}[${index}]`}
            onChange={(next) => replace(index, next)}
            handles={handles}
          />
          {fixed ? null : (
            <button
              type="button"
              class="button quiet icon-only"
              aria-label={`Remove ${path}[${index}]`}
              title="Remove"
              onClick={() => onChange(items.filter((_, at) => at !== index))}
            >
              <Icon name="close" />
            </button>
          )}
        </div>
      ))}
      {items.length > MOST_ITEMS ? (
        <p class="quiet-note">{items.length - MOST_ITEMS} more items; edit them as WAVE.</p>
      ) : null}
      {fixed ? null : (
        <button
          type="button"
          class="button quiet small add"
          onClick={() => onChange([...items, defaultValue(element)])}
        >
          <Icon name="fresh" />
          {items.length === 0 ? "Add an item" : "Add"}
          <span class="aloud"> to {path}</span>
        </button>
      )}
    </div>
  );
}

function RecordField({ type, value, path, onChange, handles }: ValueFormProps): JSX.Element {
  const tuple = type.kind === "tuple";
  const items = type.items ?? [];
  if (items.length === 0) return <p class="quiet-note">nothing to fill in</p>;
  return (
    <div class={`record ${tuple ? "of-tuple" : ""}`} role="group" aria-label={`${path}, ${type.text}`}>
      {items.map((item, index) => {
        const inner = tuple ? (Array.isArray(value) ? (value[index] ?? null) : null) : field(value, item.name);
        const change = (next: WaveValue): void => {
          if (tuple)
            onChange(items.map((_, at) => (at === index ? next : Array.isArray(value) ? (value[at] ?? null) : null)));
          else
            onChange(
              Object.fromEntries(
                items.map((one) => [one.name, one.name === item.name ? next : field(value, one.name)]),
              ),
            );
        };
        return (
          <div class="record-row" key={item.name}>
            <span class="record-label">
              {tuple ? index : item.name}
              <span class="type-note">{item.type?.text}</span>
            </span>
            {item.type ? (
              <ValueForm
                type={item.type}
                value={inner}
                path={tuple ? `${path}.${index}` : `${path}.${item.name}`}
                onChange={change}
                handles={handles}
              />
            ) : null}
          </div>
        );
      })}
    </div>
  );
}

function VariantField({ type, value, path, onChange, handles }: ValueFormProps): JSX.Element {
  const tag = String(field(value, "tag") ?? "");
  const cases = type.items ?? [];
  const payload = cases.find((one) => one.name === tag)?.type ?? null;
  return (
    <div class="variant">
      <select
        class="field"
        aria-label={`${path}, case of ${type.text}`}
        value={tag}
        onChange={(event) => onChange(caseValue(type, event.currentTarget.value))}
      >
        {cases.map((one) => (
          <option key={one.name} value={one.name}>
            {one.type ? `${one.name}(${one.type.text})` : one.name}
          </option>
        ))}
      </select>
      {payload ? (
        <div class="payload">
          <ValueForm
            type={payload}
            value={field(value, "value")}
            path={`${path}.${tag}`}
            onChange={(next) => onChange({ tag, value: next })}
            handles={handles}
          />
        </div>
      ) : null}
    </div>
  );
}

function OptionField({ type, value, path, onChange, handles }: ValueFormProps): JSX.Element {
  const element = elementOf(type);
  const there = value !== null;
  return (
    <div class="variant">
      <label class="check">
        <input
          type="checkbox"
          aria-label={`${path}, is there a value`}
          checked={there}
          onChange={(event) =>
            onChange(event.currentTarget.checked && element ? { some: defaultValue(element) } : null)
          }
        />
        <span class="mono">{there ? "some" : "none"}</span>
      </label>
      {there && element ? (
        <div class="payload">
          <ValueForm
            type={element}
            value={field(value, "some")}
            path={path}
            onChange={(next) => onChange({ some: next })}
            handles={handles}
          />
        </div>
      ) : null}
    </div>
  );
}

function HandleField({ type, value, path, onChange, handles }: ValueFormProps): JSX.Element {
  const resource = resourceOf(type.text);
  const chosen = String(field(value, "handle") ?? "");
  const live = handles.filter((one) => isHandleOf(one, resource));
  const gone = chosen !== "" && !live.includes(chosen);
  if (live.length === 0 && !gone) {
    return (
      <p class="quiet-note">
        No <code>{resource}</code> is alive in this instance. Call a function that returns one first.
      </p>
    );
  }
  return (
    <span class="leaf">
      <select
        class="field mono"
        aria-label={`${path}, handle of ${resource}`}
        value={chosen}
        onChange={(event) => onChange({ handle: event.currentTarget.value })}
      >
        <option value="">choose…</option>
        {gone ? <option value={chosen}>{chosen} (not alive)</option> : null}
        {live.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      <span class="range">{type.kind === "own" ? "is given away" : "is lent"}</span>
    </span>
  );
}
