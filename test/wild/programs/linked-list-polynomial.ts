/** Polynomials as linked lists of terms, sorted by degree. */
export interface Term {
  coefficient: number;
  degree: number;
  next: Term | null;
}

function cons(coefficient: number, degree: number, next: Term | null): Term {
  return { coefficient, degree, next };
}

function fromCoefficients(coefficients: number[]): Term | null {
  let head: Term | null = null;
  coefficients.forEach((c, degree) => {
    head = cons(c, degree, head);
  });
  return head;
}

function add(p: Term | null, q: Term | null): Term | null {
  if (!p) return q;
  if (!q) return p;
  if (p.degree > q.degree) return cons(p.coefficient, p.degree, add(p.next, q));
  if (p.degree < q.degree) return cons(q.coefficient, q.degree, add(p, q.next));
  return cons(p.coefficient + q.coefficient, p.degree, add(p.next, q.next));
}

function multiplyByTerm(p: Term | null, c: number, d: number): Term | null {
  return p && cons(p.coefficient * c, p.degree + d, multiplyByTerm(p.next, c, d));
}

function multiply(p: Term | null, q: Term | null): Term | null {
  let product: Term | null = null;
  for (let term = q; term !== null; term = term.next) {
    product = add(product, multiplyByTerm(p, term.coefficient, term.degree));
  }
  return product;
}

function evaluate(p: Term | null, x: number): number {
  let sum = 0;
  while (p) {
    sum += p.coefficient * Math.pow(x, p.degree);
    p = p.next;
  }
  return sum;
}

// @differentiate
export function productAt(a: number[], b: number[], x: number): number {
  return evaluate(multiply(fromCoefficients(a), fromCoefficients(b)), x);
}
