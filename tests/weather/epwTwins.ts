/** Built-in cities that a typical-year file stands beside, with the 0.4 % figures of the design handbook in the file's header. */
export const epwFolder = '../shared/data/weather'
export const epwTwins = [
  {
    city: 'chicago',
    file: 'USA_IL_Chicago-OHare.Intl.AP.725300_TMY3.epw.gz',
    handbook: { wetBulbC: 25.5, dryBulbC: 33.3 },
  },
  { city: 'phoenix', file: 'USA_AZ_Phoenix-Sky.Harbor.epw.gz', handbook: { wetBulbC: 24.2, dryBulbC: 43.6 } },
  {
    city: 'san-francisco',
    file: 'USA_CA_San.Francisco.Intl.AP.724940_TMY3.epw.gz',
    handbook: { wetBulbC: 18.6, dryBulbC: 28.3 },
  },
  { city: 'ashburn', file: 'USA_VA_Leesburg.Exec.epw.gz', handbook: { wetBulbC: 26.3, dryBulbC: 35.0 } },
] as const
