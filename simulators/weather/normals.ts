/** Monthly normals of a city and how far its days stray from them: all that the built-in year is made from. */
export type CityNormals = {
  /** Standard time, hours from UTC. */
  readonly offsetHours: number
  readonly altitudeM: number
  /** January to December: mean dry bulb, mean dew point, mean of each day's highest less its lowest dry bulb. */
  readonly dryBulbC: readonly number[]
  readonly dewPointC: readonly number[]
  readonly dailyRangeK: readonly number[]
  /** Standard deviation of a day's mean about its month's: mid-January, mid-July. */
  readonly dryBulbSpreadK: readonly [winter: number, summer: number]
  readonly dewPointSpreadK: readonly [winter: number, summer: number]
  /** Correlation of the two: 1 where warm air is moist air, near 0 where moisture comes from elsewhere. */
  readonly dewPointFollows: readonly [winter: number, summer: number]
  /** How lopsided summer days are: above 0 where rare hot spells stand out, below 0 where heat is soon full. */
  readonly hotSpells: number
}

/**
 * Means are meant to be the 1991-2020 normals of the national weather services, rounded; they were not copied from their tables,
 * so each city says what it was held against, and "unverified" means that nothing at hand could be. Spreads and hot spells of
 * chicago, ashburn, phoenix and san-francisco are fitted to typical-year files and the handbook figures in their headers; those
 * of the other cities are estimates by kind of climate.
 */
export const cityNormals: Readonly<Record<string, CityNormals>> = {
  // O'Hare. Dry bulb, dew point and range against the TMY3 file of 725300 (see README).
  chicago: {
    offsetHours: -6,
    altitudeM: 201,
    dryBulbC: [-3.7, -1.9, 3.9, 9.9, 16.0, 21.7, 24.2, 23.2, 19.2, 12.5, 5.3, -0.7],
    dewPointC: [-8.2, -6.7, -2.3, 2.8, 9.0, 14.9, 17.9, 17.4, 13.0, 6.2, -0.2, -5.4],
    dailyRangeK: [7.6, 8.0, 9.0, 10.4, 11.1, 10.9, 10.1, 9.8, 10.4, 9.8, 7.9, 7.0],
    dryBulbSpreadK: [5.8, 2.8],
    dewPointSpreadK: [6.8, 3.0],
    dewPointFollows: [0.95, 0.75],
    hotSpells: 0.05,
  },
  // Sky Harbor. Against the TMYx file of 722780; summer moisture against its handbook figures, because three of its July
  // days have dew points up to 32 °C, which no handbook knows of Phoenix.
  phoenix: {
    offsetHours: -7,
    altitudeM: 337,
    dryBulbC: [13.6, 15.4, 19.1, 23.0, 28.0, 33.2, 35.3, 34.7, 31.5, 24.9, 17.9, 13.0],
    dewPointC: [0.3, 0.6, 0.6, -0.5, 0.8, 3.3, 12.8, 14.2, 10.4, 4.6, 1.6, 0.5],
    dailyRangeK: [12.0, 12.3, 13.4, 14.0, 14.2, 14.4, 11.8, 11.4, 12.3, 13.3, 13.2, 11.7],
    dryBulbSpreadK: [2.9, 2.0],
    dewPointSpreadK: [5.4, 3.2],
    dewPointFollows: [0.2, -0.2],
    hotSpells: -0.08,
  },
  // San Francisco airport. Against the TMY3 file of 724940, whose summers are 1.5 to 1.8 K cooler than these normals.
  'san-francisco': {
    offsetHours: -8,
    altitudeM: 3,
    dryBulbC: [10.6, 11.8, 13.0, 14.1, 15.7, 17.2, 17.8, 18.3, 18.4, 16.9, 13.4, 10.7],
    dewPointC: [6.5, 7.4, 7.8, 8.2, 9.5, 11.0, 12.3, 12.8, 12.2, 10.5, 8.3, 6.3],
    dailyRangeK: [7.2, 7.6, 8.0, 8.3, 8.7, 9.1, 8.6, 8.7, 9.4, 9.3, 8.3, 7.3],
    dryBulbSpreadK: [1.7, 1.5],
    dewPointSpreadK: [3.2, 1.2],
    dewPointFollows: [0.6, 0.4],
    hotSpells: 0.25,
  },
  // Dulles airport, which lies in the middle of the Ashburn campuses. Against the TMYx file of Leesburg, 15 km away.
  ashburn: {
    offsetHours: -5,
    altitudeM: 90,
    dryBulbC: [1.2, 2.5, 6.8, 12.6, 17.5, 22.4, 24.9, 23.9, 19.9, 13.4, 7.6, 3.2],
    dewPointC: [-5.8, -4.6, -1.3, 4.4, 11.2, 16.4, 18.9, 18.4, 15.2, 8.8, 2.2, -2.2],
    dailyRangeK: [9.8, 10.4, 11.3, 12.6, 12.0, 11.7, 11.6, 11.6, 11.8, 12.7, 11.8, 9.7],
    dryBulbSpreadK: [4.4, 2.2],
    dewPointSpreadK: [6.4, 2.9],
    dewPointFollows: [0.9, 0.6],
    hotSpells: 0.12,
  },
  // Dallas/Fort Worth airport. January, late September and December against the normals in the NWS Fort Worth daily
  // climate reports (1991-2020), ranges from the airport's 1961-1990 table; dew points unverified.
  dallas: {
    offsetHours: -6,
    altitudeM: 171,
    dryBulbC: [7.9, 10.3, 14.7, 18.7, 23.3, 27.8, 30.0, 30.1, 26.1, 20.0, 13.5, 8.7],
    dewPointC: [0.0, 1.8, 5.6, 10.6, 16.2, 19.4, 20.0, 19.4, 17.3, 12.2, 6.2, 1.4],
    dailyRangeK: [11.9, 12.2, 12.3, 12.0, 11.3, 12.2, 12.4, 12.6, 11.6, 12.6, 11.9, 11.8],
    dryBulbSpreadK: [5.8, 1.9],
    dewPointSpreadK: [6.8, 2.2],
    dewPointFollows: [0.8, 0.2],
    hotSpells: -0.1,
  },
  // Dublin airport. Against whole-degree highs, lows and morning humidities of a travel table; rounded, else unverified.
  dublin: {
    offsetHours: 0,
    altitudeM: 74,
    dryBulbC: [5.2, 5.3, 6.4, 8.1, 10.7, 13.3, 15.2, 15.0, 13.1, 10.3, 7.3, 5.6],
    dewPointC: [3.0, 2.9, 3.5, 4.7, 7.2, 9.8, 11.7, 11.7, 10.2, 7.8, 5.1, 3.5],
    dailyRangeK: [5.7, 6.1, 6.9, 7.7, 8.3, 8.3, 8.2, 8.0, 7.8, 6.9, 6.2, 5.8],
    dryBulbSpreadK: [2.9, 1.7],
    dewPointSpreadK: [3.1, 2.0],
    dewPointFollows: [0.9, 0.7],
    hotSpells: 0.12,
  },
  // Heathrow. Highs and lows against the whole-degree climate chart of its encyclopaedia page; dew points unverified.
  london: {
    offsetHours: 0,
    altitudeM: 25,
    dryBulbC: [5.6, 5.9, 7.9, 10.5, 13.7, 16.8, 19.1, 18.7, 15.9, 12.3, 8.4, 5.9],
    dewPointC: [3.0, 2.6, 3.2, 4.6, 7.6, 10.3, 12.3, 12.2, 10.8, 8.7, 5.7, 3.6],
    dailyRangeK: [5.7, 6.2, 7.6, 9.0, 9.3, 9.6, 9.7, 9.3, 8.7, 7.0, 6.2, 5.7],
    dryBulbSpreadK: [3.4, 2.5],
    dewPointSpreadK: [3.6, 2.2],
    dewPointFollows: [0.9, 0.5],
    hotSpells: 0.12,
  },
  // Schiphol. Rounded, unverified.
  amsterdam: {
    offsetHours: 1,
    altitudeM: -3,
    dryBulbC: [3.7, 4.0, 6.3, 9.4, 12.9, 15.7, 17.9, 17.8, 15.0, 11.2, 7.3, 4.4],
    dewPointC: [2.0, 1.6, 2.8, 4.3, 7.7, 10.7, 13.0, 13.1, 11.2, 8.3, 5.2, 2.9],
    dailyRangeK: [4.9, 5.9, 7.6, 9.3, 9.5, 9.1, 8.8, 8.7, 8.0, 6.5, 5.1, 4.7],
    dryBulbSpreadK: [3.8, 2.6],
    dewPointSpreadK: [3.8, 2.2],
    dewPointFollows: [0.9, 0.6],
    hotSpells: 0.12,
  },
  // Frankfurt airport. Winters and summers against its 1971-2000 means (1.6..2.7 and 17.1..19.4 °C); else unverified.
  frankfurt: {
    offsetHours: 1,
    altitudeM: 112,
    dryBulbC: [2.2, 3.0, 6.7, 11.0, 15.2, 18.7, 20.7, 20.3, 15.8, 10.9, 6.0, 2.9],
    dewPointC: [-0.5, -0.6, 1.3, 3.7, 8.1, 11.5, 13.2, 13.0, 10.5, 7.5, 3.6, 0.6],
    dailyRangeK: [5.2, 6.7, 9.4, 11.6, 11.9, 11.9, 12.1, 12.0, 10.4, 7.9, 5.4, 4.8],
    dryBulbSpreadK: [4.2, 3.1],
    dewPointSpreadK: [4.0, 2.4],
    dewPointFollows: [0.9, 0.55],
    hotSpells: 0.08,
  },
  // Stockholm, Observatorielunden. Rounded, unverified.
  stockholm: {
    offsetHours: 1,
    altitudeM: 44,
    dryBulbC: [-1.0, -1.0, 1.9, 6.2, 11.5, 15.6, 18.2, 17.3, 12.9, 7.7, 3.5, 0.4],
    dewPointC: [-3.6, -4.0, -2.4, 0.2, 4.5, 9.0, 12.3, 12.3, 9.0, 5.0, 1.4, -2.0],
    dailyRangeK: [4.5, 5.2, 7.0, 8.6, 9.6, 9.0, 8.8, 8.4, 7.4, 5.6, 4.2, 4.2],
    dryBulbSpreadK: [4.5, 2.6],
    dewPointSpreadK: [4.8, 2.6],
    dewPointFollows: [0.95, 0.6],
    hotSpells: 0.12,
  },
  // Tokyo, Kitanomaru. January and August against a page that quotes the 1991-2020 normals; dew points from humidities.
  tokyo: {
    offsetHours: 9,
    altitudeM: 25,
    dryBulbC: [5.4, 6.1, 9.4, 14.3, 18.8, 21.9, 25.7, 26.9, 23.3, 18.0, 12.5, 7.7],
    dewPointC: [-4.2, -3.4, 0.8, 6.7, 12.4, 17.1, 21.0, 21.8, 18.4, 12.4, 5.5, -0.9],
    dailyRangeK: [8.6, 8.8, 9.2, 9.6, 9.0, 7.6, 7.5, 7.8, 7.2, 7.2, 7.9, 8.2],
    dryBulbSpreadK: [2.2, 2.4],
    dewPointSpreadK: [4.5, 2.0],
    dewPointFollows: [0.6, 0.6],
    hotSpells: 0,
  },
  // Mumbai, Colaba. Dry bulb and ranges to October against the table of its encyclopaedia page; dew points unverified.
  mumbai: {
    offsetHours: 5.5,
    altitudeM: 11,
    dryBulbC: [24.9, 25.5, 27.3, 29.2, 30.7, 29.3, 27.7, 27.5, 27.9, 29.1, 28.7, 26.7],
    dewPointC: [16.5, 17.5, 20.3, 22.9, 24.6, 25.2, 25.1, 24.8, 24.5, 22.9, 19.5, 17.2],
    dailyRangeK: [10.8, 9.9, 8.7, 7.6, 6.7, 5.6, 4.4, 4.7, 5.5, 8.0, 10.2, 11.0],
    dryBulbSpreadK: [1.2, 0.9],
    dewPointSpreadK: [3.0, 0.8],
    dewPointFollows: [0.2, 0.2],
    hotSpells: 0,
  },
  // Changi. Yearly mean against the service's 27.5 °C of 1981-2010 and its warming since; else unverified.
  singapore: {
    offsetHours: 8,
    altitudeM: 5,
    dryBulbC: [26.8, 27.3, 27.8, 28.2, 28.6, 28.5, 28.2, 28.1, 28.0, 27.9, 27.2, 26.8],
    dewPointC: [23.2, 23.3, 23.7, 24.3, 24.6, 24.3, 24.0, 24.0, 23.9, 24.0, 24.0, 23.6],
    dailyRangeK: [6.3, 6.9, 7.3, 7.1, 6.7, 6.4, 6.2, 6.2, 6.5, 6.9, 7.1, 6.4],
    dryBulbSpreadK: [0.8, 0.8],
    dewPointSpreadK: [0.8, 0.6],
    dewPointFollows: [0.1, 0.1],
    hotSpells: 0,
  },
}
