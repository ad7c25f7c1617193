import type { StatementTexts } from './texts.js';

const notCovered = (payer: string): string => `${payer} does not cover this service`;
const noInsurance = (payer: string): string => `${payer} says that you were not insured there on that day`;

export const en: StatementTexts = {
  language: 'en-US',
  title: 'Your statement',
  labels: {
    date: 'Date', patient: 'Patient', due: 'You owe', amount: 'Amount', charge: 'Price of the service', owed: 'Your part', total: 'You owe in total', visit: 'Visit', what: 'What',
  },
  summary: {
    due: (amount) => `You owe ${amount}. Your insurance has answered for everything listed here. This is what is left for you to pay, and why.`,
    early: (amount) => `You owe ${amount}. Insurance has not answered for all of it yet: what it pays later, you get back.`,
    nothing: 'You owe nothing for the services listed here.',
    credit: (amount) => `You have paid ${amount} more than your part. We will return it to you.`,
  },
  visit: (dates, claim) => `${dates}${claim === undefined ? '' : ` (our number ${claim})`}`,
  wholeVisit: 'All services of this visit together',
  insurance: 'Your insurance',
  paid: (payer) => `${payer} paid`,
  adjusted: (payer) => `Taken off after the answer of ${payer}: you do not pay this`,
  returned: 'Paid too much by insurance: it goes back to the insurance',
  why: 'Why this is your part:',
  reasons: {
    byCode: {
      1: (payer) => `your deductible, which you pay yourself before ${payer} begins to pay`,
      2: (payer) => `your coinsurance, the share of the price that ${payer} leaves to you`,
      3: (payer) => `your copayment, the fixed amount that ${payer} asks of you for such a service`,
      35: (payer) => `you have reached the most that ${payer} pays for such services`,
      45: (payer) => `the price is above what ${payer} allows, and it has no contract with us`,
      66: () => 'the deductible for blood',
      100: (payer) => `${payer} has sent its payment to you instead of to us`,
      119: (payer) => `you have reached the most that ${payer} pays for such services in this period`,
      142: (payer) => `the monthly amount that ${payer} asks of you`,
      149: (payer) => `you have reached the most that ${payer} pays for such services in a lifetime`,
      178: (payer) => `what you pay yourself before ${payer} begins to pay (spend-down)`,
      187: () => 'to be paid out of your health account',
    },
    byCategory: {
      'non-covered': notCovered, 'medical-necessity': (payer) => `${payer} says that the service was not necessary, and does not pay for it`, 'benefit-type': notCovered,
      eligibility: noInsurance, 'eligibility-wrong-payer': noInsurance,
      network: (payer) => `${payer} says that the service was outside its network, or lacked a referral`,
    },
    other: (payer) => `${payer} left it to you`,
    left: 'what your insurance left to you',
  },
  code: (code) => `code ${code}`,
  balance: {
    share: 'Your part', paid: 'You have paid', credit: 'You have paid too much: we return it', rest: 'Still to pay',
    reduced: { 'bad-debt': 'No longer asked for', charity: 'Taken off because of your situation', 'small-balance': 'Small amount that we do not ask for', courtesy: 'Taken off', 'bankruptcy-or-deceased': 'Not asked for by law' },
  },
  waiting: {
    heading: 'Not yet: your insurance is still to answer',
    text: 'Please pay nothing for these visits now. We will write to you when your insurance has answered.',
    one: (dates, claim) => `${dates}${claim === undefined ? '' : ` (our number ${claim})`}`,
  },
  questions: {
    heading: 'Questions',
    call: (clinic, phone) => (phone === undefined ? `Ask ${clinic}, and have this statement at hand.` : `Call ${clinic} at ${phone}, and have this statement at hand.`),
    otherInsurance: 'If you had other insurance on that day that is not named here, tell us before you pay.',
    cannotPay: 'If you cannot pay all of it now, or if something is not right, call us.',
  },
  otherLanguage: 'We do not have this statement in the language that you prefer. Call us: an interpreter will help you, at no cost to you.',
  services: {
    visit: 'Office visit', preventive: 'Preventive visit', 'hospital-visit': 'Care in a hospital', emergency: 'Emergency visit', consultation: 'Consultation', 'home-visit': 'Home visit',
    procedure: 'Procedure', anesthesia: 'Anesthesia', imaging: 'X-ray or other imaging', laboratory: 'Laboratory test', vaccine: 'Vaccine', 'mental-health': 'Mental health care', dialysis: 'Dialysis', eye: 'Eye care',
    therapy: 'Therapy', 'medicine-service': 'Medical service', dental: 'Dental service', supplies: 'Equipment or supplies', drug: 'Medicine', ambulance: 'Ambulance', other: 'Service',
  },
  guardians: (patient) => `To the parents or guardian of ${patient}`,
  to: 'to',
  footer: (page, pages) => `Page ${page} of ${pages}`,
};
