/** Colours and weights of terminals (ECMA-48, "SGR"), as names of CSS classes. Every other control stays what it is: text. */

export interface Piece {
  text: string;
  /** Class names, apart by spaces; empty for plain text. */
  style: string;
}

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
const ESCAPE = String.fromCharCode(27);
const SEQUENCE = new RegExp(`${ESCAPE}\\[([0-9;]*)m`, "g");
/** An SGR sequence that the next bytes may complete. */
const BEGUN = new RegExp(`${ESCAPE}(\\[[0-9;]{0,40})?$`);

interface State {
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  colour: string;
}

const plain = (): State => ({ bold: false, dim: false, italic: false, underline: false, colour: "" });

/** Reads one stream; what it was told holds until it is told otherwise. */
export class Sgr {
  private state = plain();
  private waiting = "";

  /** The pieces of `text`, each with its style. A sequence cut in two waits for its rest. */
  read(text: string): Piece[] {
    const whole = this.waiting + text;
    const begun = BEGUN.exec(whole);
    this.waiting = begun ? begun[0] : "";
    return this.pieces(begun ? whole.slice(0, begun.index) : whole);
  }

  /** The stream has ended: what waits is text. */
  end(): Piece[] {
    const rest = this.waiting;
    this.waiting = "";
    return rest ? [{ text: rest, style: this.style() }] : [];
  }

  private pieces(text: string): Piece[] {
    const out: Piece[] = [];
    let at = 0;
    for (const found of text.matchAll(SEQUENCE)) {
      if (found.index > at) out.push({ text: text.slice(at, found.index), style: this.style() });
      this.obey(found[1] ?? "");
      at = found.index + found[0].length;
    }
    if (at < text.length) out.push({ text: text.slice(at), style: this.style() });
    return out;
  }

  private obey(parameters: string): void {
    const codes = parameters === "" ? [0] : parameters.split(";").map(Number);
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at] ?? 0;
      if (code === 0) this.state = plain();
      else if (code === 1) this.state.bold = true;
      else if (code === 2) this.state.dim = true;
      else if (code === 3) this.state.italic = true;
      else if (code === 4) this.state.underline = true;
      else if (code === 22) this.state.bold = this.state.dim = false;
      else if (code === 23) this.state.italic = false;
      else if (code === 24) this.state.underline = false;
      else if (code === 39) this.state.colour = "";
      else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) {
        this.state.colour = COLOURS[code % 10] ?? "";
      } else if (code === 38 || code === 48) {
        // The eight colours have names here; of the larger palettes the first sixteen are the same ones.
        const palette = codes[at + 1] === 5;
        const index = codes[at + 2] ?? 16;
        if (code === 38) this.state.colour = palette && index < 16 ? (COLOURS[index % 8] ?? "") : "";
        at += palette ? 2 : 4;
      }
    }
  }

  private style(): string {
    const { bold, dim, italic, underline, colour } = this.state;
    const names = [bold && "sgr-bold", dim && "sgr-dim", italic && "sgr-italic", underline && "sgr-underline"];
    return [...names.filter(Boolean), ...(colour ? [`sgr-${colour}`] : [])].join(" ");
  }
}
