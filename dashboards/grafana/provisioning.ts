import { dataSource } from '#dashboards/grafana/target.ts'

/** Grafana's provisioning files. `$COLDLOOP_…` are read from Grafana's own environment, so that no secret stands in a file. */
export const dataSourceFile = `# Into Grafana's provisioning/datasources. Set COLDLOOP_INFLUX_URL, and user and password where the server asks for them.
apiVersion: 1
datasources:
  - name: Coldloop
    uid: ${dataSource.uid}
    type: ${dataSource.type}
    access: proxy
    url: $COLDLOOP_INFLUX_URL
    user: $COLDLOOP_INFLUX_USER
    jsonData:
      version: InfluxQL
      dbName: coldloop
      httpMode: POST
      timeInterval: 10s
    secureJsonData:
      password: $COLDLOOP_INFLUX_PASSWORD
    editable: false
`

export const dashboardsFile = `# Into Grafana's provisioning/dashboards; the JSON files beside it into the folder named here.
apiVersion: 1
providers:
  - name: coldloop
    folder: Coldloop
    type: file
    allowUiUpdates: false
    options:
      path: /var/lib/grafana/dashboards/coldloop
`
