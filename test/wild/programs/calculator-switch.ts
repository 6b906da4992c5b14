// A recursive-descent calculator over a cursor: no tokens, no tree.
class Parser {
  private pos = 0;

  constructor(private readonly text: string, private readonly x: number) {}

  parse(): number {
    const value = this.sum();
    if (this.pos < this.text.length) throw new Error('unexpected ' + this.text.charAt(this.pos));
    return value;
  }

  private peek(): string {
    while (this.text[this.pos] === ' ') this.pos++;
    return this.text.charAt(this.pos);
  }

  private eat(c: string): boolean {
    if (this.peek() !== c) return false;
    this.pos++;
    return true;
  }

  private sum(): number {
    let value = this.product();
    for (;;) {
      if (this.eat('+')) value += this.product();
      else if (this.eat('-')) value -= this.product();
      else return value;
    }
  }

  private product(): number {
    let value = this.power();
    for (;;) {
      if (this.eat('*')) value *= this.power();
      else if (this.eat('/')) value /= this.power();
      else return value;
    }
  }

  private power(): number {
    const base = this.atom();
    return this.eat('^') ? Math.pow(base, this.power()) : base;
  }

  private atom(): number {
    if (this.eat('-')) return -this.atom();
    if (this.eat('(')) {
      const value = this.sum();
      if (!this.eat(')')) throw new Error('missing )');
      return value;
    }
    let word = '';
    while (/[\w.]/.test(this.peek())) word += this.text[this.pos++];
    switch (word) {
      case 'x': return this.x;
      case 'pi': return Math.PI;
      case 'sin': return Math.sin(this.atom());
      case 'exp': return Math.exp(this.atom());
      case 'sqrt': return Math.sqrt(this.atom());
      default: return Number(word);
    }
  }
}

// @differentiate
export function evaluateAt(formula: string, x: number): number {
  return new Parser(formula, x).parse();
}
