// Owns what is put into the sentences in place of a person: firms, products, streets, teams, things.

export const COMPANIES: readonly string[] =
  'Microsoft|Google|Siemens|Bosch|Mercedes-Benz|Porsche|Volkswagen|BMW|Audi|Ford|Tesla|Philips|Henkel|Bayer|Beiersdorf|Miele|Haribo|Adidas|Puma|Hugo Boss|Jil Sander|Tommy Hilfiger|Calvin Klein|Jack Wolfskin|Ben & Jerry’s|Johnson & Johnson|Procter & Gamble|Morgan Stanley|Goldman Sachs|Wells Fargo|Charles Schwab|JP Morgan|Ernst & Young|Merrill Lynch|Lehman Brothers|Rolls-Royce|Harley-Davidson|John Deere|Aston Martin|Deutsche Bank|Commerzbank|Sparkasse|Allianz|Axa|Ergo|Lufthansa|Ryanair|Deutsche Bahn|Telekom|Vodafone|Amazon|Apple|Intel|Nvidia|Oracle|Salesforce|Hewlett Packard|Dell|Lenovo|Cisco|Ericsson|Nokia|Samsung|Sony|Toyota|Honda|Suzuki|Mitsubishi|Yamaha|Nestlé|Unilever|Danone|Dr. Oetker|Aldi|Lidl|Rewe|Edeka|Rossmann|Müller Drogerie|Douglas|Otto|Zalando|Tchibo|Jacobs|Melitta|McDonald’s|Burger King|Wendy’s|Starbucks|Walmart|Macy’s|Sainsbury’s|Marks & Spencer|Boots|Manchester United|Bayern München|Borussia Dortmund|Werder Bremen|Real Madrid|Juventus|Celtic|Chelsea|Boston Celtics|Dallas Cowboys|Greenpeace|Caritas|Red Cross|Universität Heidelberg|Harvard|Stanford|Oxford|Max-Planck-Institut|Fraunhofer|Robert Koch-Institut|Konrad-Adenauer-Stiftung|Bertelsmann|Axel Springer|Spiegel|Die Zeit|New York Times|Washington Post|Reuters|Barclays|Lloyds|Philip Morris|Levi Strauss|Estée Lauder|Louis Vuitton|Yves Rocher|Kraft Heinz|Mars|Wrigley|Ferrero|Lindt|Ritter Sport'.split(
    '|',
  )

export const PRODUCTS: readonly string[] =
  'iPhone 15|Galaxy S24|Pixel 8|Windows 11|Ubuntu 24.04|Debian Bookworm|Kubernetes|Docker Desktop|PostgreSQL|Redis|Apache Kafka|Jenkins|Grafana|Prometheus|Ansible|Terraform|Visual Studio Code|IntelliJ IDEA|Excel|PowerPoint|Outlook|Photoshop|Blender|Firefox|Chrome|Safari|Thunderbird|Claude|Alexa|Siri|Cortana|Bixby|Watson|Jira|Confluence|Django|Flask|Ruby on Rails|Laravel|Symfony|Spring Boot|Angular|React|Svelte|Julia|Ruby|Ada|Haskell|Pascal|Erlang|Scala|Golang|Golf GTI|Ford Focus|Opel Corsa|Renault Clio|Renault Zoe|Tesla Model 3|Mercedes Sprinter|VW Caddy|Skoda Octavia|Fiat Panda|Alfa Romeo Giulia|Bosch Serie 6|Thermomix|Nintendo Switch|PlayStation 5|Xbox Series X|Kindle Paperwhite|Raspberry Pi|Arduino Uno|LibreOffice Calc|Linux Mint Cinnamon|Fedora Workstation|Samba|Apache Maven|Gradle|Selenium|Cypress|Cucumber|Aspirin|Ibuprofen|Paracetamol|Nivea Creme|Coca-Cola|Red Bull|Jack Daniel’s|Johnnie Walker|Captain Morgan|Earl Grey|Wiener Schnitzel|Caesar Salad|Pinot Noir|Hyaluron Serum|Fritz!Box|Playmobil|Monopoly|Minecraft|Hamlet|Harry Potter|Super Mario|Star Wars|Nginx|Caddy|Traefik|Celery|Kafka|Zookeeper|Hibernate|Jackson|Lombok|Mockito|Jest|Vite|Webpack|Babel|Prisma|Drizzle|Alembic|Pydantic|Vagrant|Packer|Consul|Nomad|Vault|Helm|Istio|Linkerd|Harbor|Hetzner|Azure Functions|AWS Lambda|Google Cloud Run|Firebase|Supabase|Vercel|Netlify|Cloudflare Workers|Claude Sonnet|Claude Opus|Gemini Pro|Llama 3|Mistral Large|Copilot|Jetson Nano|Steam Deck|Dyson V15|Surface Laptop|ThinkPad|Galaxy Watch|Apple Watch|Tesla Model Y|Honda Civic|Toyota Corolla|Opel Astra|VW Passat|Seat Leon|Dacia Sandero|Citroën Berlingo|Beef Wellington|Eggs Benedict|Caesar Dressing|Earl Grey|Granny Smith|Monty Python|Romeo und Julia|Jane Eyre|Dr. House|Sherlock Holmes|Tomb Raider|Max Payne|Metformin|Ramipril|Simvastatin|Pantoprazol|Voltaren|Downton Abbey|Breaking Bad|Tatort'.split(
    '|',
  )

/** Places of more than one word, and languages and peoples, which look like names. */
export const PLACES_OF_WORDS: readonly string[] =
  'San Francisco|Los Angeles|New York|Las Vegas|San Diego|Santa Barbara|San José|São Paulo|Rio de Janeiro|Buenos Aires|Santiago de Chile|Hong Kong|Kuala Lumpur|Abu Dhabi|Tel Aviv|Cape Town|Kapstadt|Den Haag|Bad Homburg|Bad Kissingen|Sankt Augustin|St. Gallen|St. Louis|St. Petersburg|Saint Paul|Frankfurt am Main|Frankfurt (Oder)|Freiburg im Breisgau|Garmisch-Partenkirchen|Baden-Baden|Castrop-Rauxel|Villingen-Schwenningen|Baden-Württemberg|Rheinland-Pfalz|Nordrhein-Westfalen|Mecklenburg-Vorpommern|Sachsen-Anhalt|Schleswig-Holstein|Prince William County|Port Elizabeth|Fort Lauderdale|Mount Everest|Lake Victoria|Victoria Falls|Sierra Leone|Costa Rica|Puerto Rico|Sri Lanka|Saudi Arabia|North Carolina|West Virginia|Great Britain|Unter den Linden|Prenzlauer Berg|Berlin Mitte|Hamburg Altona|König Ludwig Haus|Kaiser Wilhelm Kanal|Wilhelmshaven|Karl-Marx-Stadt|Ludwigsburg|Karlsruhe|Friedrichshafen|Washington D.C.|Lincoln, Nebraska|Austin, Texas|Charlotte, North Carolina|Jackson, Mississippi|Madison, Wisconsin|Houston|Dallas|Denver|Phoenix|Orlando|Sydney|Adelaide|Victoria|Georgia|Chester|Lancaster|Kent|Essex|English|German|Spanish|French|Deutsch|Englisch|Französisch|Spanisch|Polnisch|Europe|Asia'.split(
    '|',
  )

export const STREETS: readonly string[] =
  'Goethestraße|Schillerplatz|Robert-Koch-Straße|Albert-Einstein-Allee|Konrad-Adenauer-Ufer|Bahnhofstraße|Hauptstraße|Königsallee|Lindenweg|Martin-Luther-King-Platz|Oxford Street|Madison Avenue|Lincoln Road|Baker Street|Washington Square|Martin Luther King Drive|Fleet Street|Abbey Road|King Street|Victoria Road'.split(
    '|',
  )

export const ENGLISH_OTHERS: readonly string[] =
  'the finance team|our supplier|the landlord|my doctor|the new colleague|support|the customer|a friend|the whole department|the insurance company|HR|the auditor|somebody from sales|the plumber|legal|the patient|the board|a neighbour|the school|the vendor|my boss|the tax office|Marketing|the Help Desk|the City Council|Customer Service|Human Resources|everyone|the cat|the dog|nobody'.split(
    '|',
  )

export const GERMAN_OTHERS: readonly string[] =
  'die Buchhaltung|den Lieferanten|den Vermieter|meinen Arzt|die neue Kollegin|den Kundendienst|einen Kunden|eine Freundin|die ganze Abteilung|die Versicherung|den Prüfer|jemanden aus dem Vertrieb|den Klempner|die Rechtsabteilung|die Patientin|den Vorstand|den Nachbarn|die Schule|den Hersteller|meine Chefin|das Finanzamt|Marketing|Einkauf|die Hausverwaltung|alle|niemanden|den Hund|das Jugendamt|Kundenservice|Geschäftsführung'.split(
    '|',
  )

export const SLUGS: readonly string[] =
  'checkout-service|api-gateway|web|frontend|user-profile|postgres-main|worker-3|invoice-sync|build|nightly|default|node_exporter|redis-cache|my-app|data-loader'.split(
    '|',
  )

export const COMPANY_FORMS: readonly string[] =
  'GmbH|AG|KG|GmbH & Co. KG|Inc.|Ltd|LLC|Corp.|Group|Holding|Bank|Brothers|& Sons|& Söhne|Verlag|Stiftung|Foundation|University|Hospital|Klinik'.split(
    '|',
  )
