/** The words of which the demo organisation is made. */
export const words = {
  people: ['Ada Brandt', 'Bruno Keller', 'Carla Moreau', 'Dario Conti', 'Edith Lang', 'Felix Novak'],
  first:
    'Anna Ben Clara David Elena Finn Greta Hugo Ines Jonas Kira Leo Mara Nils Olga Paul Rosa Simon Tara Uwe Vera Walter Xenia Yusuf Zoë Amélie Björn Chloé Dimitri Eszter François Gülay Håkon Iñigo Jürgen Katarzyna Luís Mónica Niamh Óscar'.split(
      ' ',
    ),
  last: 'Adler Berger Castro Dvořák Engel Fischer García Hofer Ivanov Jansen Kowalski Lindqvist Müller Nagy Olsen Petrov Quint Rossi Schmidt Tanaka Ulrich Varga Weber Yılmaz Zimmer Almeida Bianchi Carlsen Dubois Eriksen Fontaine Gruber Horvat Iversen Jensen Keller Lefèvre Moser Nowak Ortega'.split(
    ' ',
  ),
  company:
    'Alpine Baltic Cedar Delta Ember Fjord Granite Harbour Indigo Juniper Kestrel Lumen Meridian Nordic Orchard Pioneer Quarry River Summit Timber'.split(
      ' ',
    ),
  trade: ['Logistics', 'Foods', 'Machines', 'Software', 'Textiles', 'Energy', 'Medical', 'Paper', 'Optics', 'Travel'],
  city: ['Vienna', 'Graz', 'Munich', 'Zürich', 'Lyon', 'Milan', 'Prague', 'Kraków', 'Gent', 'Porto'],
  title: ['Head of Purchasing', 'CEO', 'CTO', 'Operations Manager', 'Engineer', 'Office Manager', 'Product Lead', 'Controller'],
  source: ['website', 'trade fair', 'referral', 'cold call', 'newsletter'],
  product: ['Warehouse rollout', 'Yearly licence', 'Pilot project', 'Support contract', 'Training days', 'Data migration'],
  lost: ['Price', 'Went with a competitor', 'No budget this year', 'No answer'],
  call: ['Introductory call', 'Call about the offer', 'Call back', 'Questions on delivery'],
  meeting: ['Demo on site', 'Workshop', 'Contract review', 'Lunch'],
  note: [
    'Prefers to be called in the morning.',
    'Their budget is decided in autumn.',
    'Was a customer of ours at an earlier company.',
    'Wants references from their own industry.',
  ],
  task: ['Send the offer', 'Call back', 'Prepare the demo', 'Check the contract', 'Ask for references'],
  mail: [
    ['Your offer', 'thank you for your offer. Could you tell us what support would cost from the second year on?'],
    ['Date for the demo', 'would Tuesday at ten suit you? Two colleagues from operations would like to join.'],
    ['Contract', 'our lawyers have two remarks on the contract. I have written them into the attached draft.'],
    ['Next steps', 'it was good to meet you. As agreed, we will send you our list of sites by the end of the week.'],
  ] as const,
};
