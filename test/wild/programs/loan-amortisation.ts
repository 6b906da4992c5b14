/** A mortgage with rate changes and extra payments: total interest until it is paid off. */
export interface Loan {
  principal: number;
  annualRate: number;
  years: number;
}

export interface Extras {
  extraPayment?: number;
  rateChange?: { month: number; annualRate: number } | null;
}

interface ScheduleRow {
  month: number;
  interest: number;
  principal: number;
  balance: number;
}

function monthlyPayment({ principal, annualRate, years }: Loan): number {
  const r = annualRate / 12;
  const n = years * 12;
  if (r === 0) return principal / n;
  return (principal * r) / (1 - (1 + r) ** -n);
}

function schedule(loan: Loan, { extraPayment = 0, rateChange = null }: Extras): ScheduleRow[] {
  const rows: ScheduleRow[] = [];
  let balance = loan.principal;
  let rate = loan.annualRate;
  let payment = monthlyPayment(loan);
  let month = 0;
  while (balance > 0.005) {
    month++;
    if (rateChange && month === rateChange.month) {
      rate = rateChange.annualRate;
      payment = monthlyPayment({ principal: balance, annualRate: rate, years: loan.years - (month - 1) / 12 });
    }
    const interest = (balance * rate) / 12;
    const principal = Math.min(payment + extraPayment - interest, balance);
    balance -= principal;
    rows.push({ month, interest, principal, balance });
    if (month > 1200) throw new Error('the loan is never paid off');
  }
  return rows;
}

// @differentiate
export function totalInterest(loan: Loan, extras: Extras = {}): number {
  return schedule(loan, extras).reduce((sum, row) => sum + row.interest, 0);
}
