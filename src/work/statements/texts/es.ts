import type { StatementTexts } from './texts.js';

const notCovered = (payer: string): string => `${payer} no cubre este servicio`;
const noInsurance = (payer: string): string => `${payer} dice que usted no estaba asegurado allí ese día`;

export const es: StatementTexts = {
  language: 'es-US',
  title: 'Su estado de cuenta',
  labels: {
    date: 'Fecha', patient: 'Paciente', due: 'Usted debe', amount: 'Importe', charge: 'Precio del servicio', owed: 'Su parte', total: 'Usted debe en total', visit: 'Visita', what: 'Concepto',
  },
  summary: {
    due: (amount) => `Usted debe ${amount}. Su seguro ya respondió por todo lo que aparece aquí. Esto es lo que le queda por pagar, y por qué.`,
    early: (amount) => `Usted debe ${amount}. El seguro todavía no ha respondido por todo: lo que pague después se le devuelve a usted.`,
    nothing: 'Usted no debe nada por los servicios que aparecen aquí.',
    credit: (amount) => `Usted pagó ${amount} más que su parte. Se lo devolveremos.`,
  },
  visit: (dates, claim) => `${dates}${claim === undefined ? '' : ` (nuestro número ${claim})`}`,
  wholeVisit: 'Todos los servicios de esta visita juntos',
  insurance: 'Su seguro',
  paid: (payer) => `${payer} pagó`,
  adjusted: (payer) => `Descontado según la respuesta de ${payer}: usted no paga esto`,
  returned: 'Pagado de más por el seguro: se le devuelve al seguro',
  why: 'Por qué esta es su parte:',
  reasons: {
    byCode: {
      1: (payer) => `su deducible, que usted paga antes de que ${payer} empiece a pagar`,
      2: (payer) => `su coseguro, la parte del precio que ${payer} le deja a usted`,
      3: (payer) => `su copago, la cantidad fija que ${payer} le pide por un servicio así`,
      35: (payer) => `usted llegó al máximo que ${payer} paga por servicios así`,
      45: (payer) => `el precio es mayor que lo que ${payer} permite, y no tiene contrato con nosotros`,
      66: () => 'el deducible de la sangre',
      100: (payer) => `${payer} le envió su pago a usted y no a nosotros`,
      119: (payer) => `usted llegó al máximo que ${payer} paga por servicios así en este período`,
      142: (payer) => `la cantidad mensual que ${payer} le pide a usted`,
      149: (payer) => `usted llegó al máximo que ${payer} paga en la vida por servicios así`,
      178: (payer) => `lo que usted paga antes de que ${payer} empiece a pagar (spend-down)`,
      187: () => 'se paga de su cuenta de salud',
    },
    byCategory: {
      'non-covered': notCovered, 'medical-necessity': (payer) => `${payer} dice que el servicio no era necesario y no lo paga`, 'benefit-type': notCovered,
      eligibility: noInsurance, 'eligibility-wrong-payer': noInsurance,
      network: (payer) => `${payer} dice que el servicio fue fuera de su red, o sin la orden que pide`,
    },
    other: (payer) => `${payer} se lo dejó a usted`,
    left: 'lo que su seguro le dejó a usted',
  },
  code: (code) => `código ${code}`,
  balance: {
    share: 'Su parte', paid: 'Usted ha pagado', credit: 'Usted pagó de más: se lo devolvemos', rest: 'Queda por pagar',
    reduced: { 'bad-debt': 'Ya no se lo pedimos', charity: 'Descontado por su situación', 'small-balance': 'Cantidad pequeña que no le pedimos', courtesy: 'Descontado', 'bankruptcy-or-deceased': 'Por ley no se le pide' },
  },
  waiting: {
    heading: 'Todavía no: falta la respuesta de su seguro',
    text: 'Por favor, no pague nada por estas visitas ahora. Le escribiremos cuando su seguro haya respondido.',
    one: (dates, claim) => `${dates}${claim === undefined ? '' : ` (nuestro número ${claim})`}`,
  },
  questions: {
    heading: 'Preguntas',
    call: (clinic, phone) => (phone === undefined ? `Pregunte en ${clinic} y tenga a mano este estado de cuenta.` : `Llame a ${clinic} al ${phone} y tenga a mano este estado de cuenta.`),
    otherInsurance: 'Si ese día tenía otro seguro que no aparece aquí, díganoslo antes de pagar.',
    cannotPay: 'Si no puede pagarlo todo ahora, o si algo no está bien, llámenos.',
  },
  otherLanguage: 'No tenemos este estado de cuenta en el idioma que usted prefiere. Llámenos: un intérprete le ayudará sin costo para usted.',
  services: {
    visit: 'Visita al consultorio', preventive: 'Visita preventiva', 'hospital-visit': 'Atención en el hospital', emergency: 'Visita de emergencia', consultation: 'Consulta', 'home-visit': 'Visita a domicilio',
    procedure: 'Procedimiento', anesthesia: 'Anestesia', imaging: 'Radiografía u otra imagen', laboratory: 'Análisis de laboratorio', vaccine: 'Vacuna', 'mental-health': 'Atención de salud mental', dialysis: 'Diálisis', eye: 'Atención de la vista',
    therapy: 'Terapia', 'medicine-service': 'Servicio médico', dental: 'Servicio dental', supplies: 'Equipo o materiales', drug: 'Medicamento', ambulance: 'Ambulancia', other: 'Servicio',
  },
  guardians: (patient) => `A los padres o tutores de ${patient}`,
  to: 'a',
  footer: (page, pages) => `Página ${page} de ${pages}`,
};
