/** English texts of the review of duplicates. */
export const texts = {
  title: 'Duplicates',
  text: 'Records that may be about the same person or company, the likeliest first. Bring one up to date and delete the other, or say that they are not the same.',
  kind: 'Kind',
  kinds: { contact: 'Contacts', company: 'Companies' },
  likely: (score: number) => `${score} % likely`,
  pair: (one: string, other: string) => `${one} and ${other}`,
  reasons: {
    same_phone: 'same phone number',
    same_name_and_company: 'same name and company',
    same_initial_and_company: 'same surname, initial and company',
    same_name: 'same name',
    same_domain_name: 'domains alike',
  },
  field: 'Field',
  dismiss: 'Not the same',
  dismissNamed: (one: string, other: string) => `${one} and ${other} are not the same`,
  notDismissed: 'The pair is kept',
  emptyTitle: 'No duplicates',
  empty: 'New pairs show up here by themselves when records of the same name, phone number or domain are made.',
};
