// Owns harmless prompts as people type them to a language model, without any person by name.

export const ENGLISH_PROMPTS: readonly string[] = `Write a limerick about a cat that hates Mondays.
Explain recursion to a beginner with a short example in Python.
Compare {product} with {product} for a small business.
What are the pros and cons of {product}?
How do I uninstall {product} from my Mac?
Which is better for data science, {product} or {product}?
Plan a weekend in {place} for two adults and a toddler.
List five museums in {place} and their opening hours.
Translate the following sentence into German, Italian and Portuguese.
Summarize the main arguments of the article below in three bullet points.
Rewrite this paragraph in a more formal tone.
Explain the Doppler effect, Ohm's law and Avogadro's number.
What does the Heisenberg uncertainty principle say?
Prove the Cauchy-Schwarz inequality and Fermat's little theorem.
Solve the Tower of Hanoi with four disks.
Give me a recipe for Chicken Alfredo, Caesar Salad and Peach Melba.
How do I make Bechamel, Hollandaise and Pesto?
What are common side effects of Metformin, Lisinopril and Atorvastatin?
Explain the difference between Hodgkin and non-Hodgkin lymphoma.
How is Parkinson's disease treated today?
The patient has asthma and uses an inhaler twice a day.
A 30-year-old man presents with fever and a cough.
Draft a non-disclosure agreement under the law of Delaware.
What is the Sarbanes-Oxley Act and who must comply?
The Dow Jones and the Nasdaq closed higher, while Brent crude fell.
Write SQL that joins Orders with Customers and groups by Region.
Convert this Java code to Kotlin and add JUnit tests.
Configure {product} with {product} on a Debian server.
Why does Jest fail with Cannot find module when I run it in CI?
Use Lombok, Jackson and Mockito in a Spring project.
Set up Travis, Jenkins and Harness for our monorepo.
Is Llama faster than Mistral or Claude Opus on coding tasks?
Compare Gemini, Claude, Copilot and Perplexity for research.
How do I train a Random Forest and a Naive Bayes classifier?
Describe the Black-Scholes model and Monte Carlo methods.
Which Marvel movie should I watch first?
Describe the ending of Jane Eyre without spoilers.
What is the moral of Hansel and Gretel?
Write a review of The Lord of the Rings and Star Trek.
Recommend games like Zelda, Tomb Raider and Max Payne.
Name some rivers in Africa and mountains in Asia.
Our office is next to the St. James church on {street}.
Meet at Victoria Station and take the Jubilee Line.
We fly to Charles de Gaulle and return from John F. Kennedy airport.
Monday works, Tuesday does not, Wednesday is a holiday.
He said that she would bring the car on Friday.
My neighbour plays loud music, what can I do?
My boss takes credit for my work. How should I react?
My daughter is afraid of the dark, any advice?
i need help with my homework it is about the roman empire
how do i reset my router
what should i cook tonight with rice and beans
can you check my grammar please
Generate ten slogans for a brand of organic soap.
Create a table with columns Name, City and Age.
The fields First Name, Last Name and Email are required.
Please enter your full name and date of birth.
Add validation to the form: name must not be empty.
Who won the World Cup in 2010?
Find typos in the following README.
Dear Sirs, we refer to your letter of 3 May.
Dear Support, my order has not arrived.
To Whom It May Concern:
Hi everyone, quick reminder about the meeting.
Thanks in advance for your help!
Best wishes from the whole team
Yours faithfully, The Board`.split('\n')

export const GERMAN_PROMPTS: readonly string[] = `Schreibe ein lustiges Gedicht über eine Katze, die Montage hasst.
Erkläre Rekursion für Anfänger mit einem kurzen Beispiel in Python.
Vergleiche {product} mit {product} für einen kleinen Betrieb.
Welche Vor- und Nachteile hat {product}?
Wie deinstalliere ich {product} auf dem Mac?
Plane ein Wochenende in {place} für zwei Erwachsene und ein Kleinkind.
Nenne fünf Museen in {place} mit Öffnungszeiten.
Übersetze den folgenden Satz ins Englische, Italienische und Portugiesische.
Fasse die wichtigsten Argumente des Artikels in drei Stichpunkten zusammen.
Formuliere den Absatz förmlicher.
Erkläre den Doppler-Effekt, das Ohmsche Gesetz und die Avogadro-Zahl.
Was besagt die Heisenbergsche Unschärferelation?
Beweise die Cauchy-Schwarz-Ungleichung und den kleinen Satz von Fermat.
Gib mir ein Rezept für Wiener Schnitzel, Kartoffelsalat und Sachertorte.
Wie bereite ich Bechamel, Hollandaise und Pesto zu?
Welche Nebenwirkungen haben Metformin, Ramipril und Simvastatin?
Was ist der Unterschied zwischen Hodgkin- und Non-Hodgkin-Lymphom?
Der Patient hat Asthma und benutzt zweimal täglich ein Spray.
Ein 30-jähriger Mann stellt sich mit Fieber und Husten vor.
Die Patientin wurde in gutem Allgemeinzustand nach Hause entlassen.
Entwirf eine Geheimhaltungsvereinbarung nach deutschem Recht.
Der Mieter zahlt seit drei Monaten keine Miete, was kann der Vermieter tun?
Wie kündige ich meinen Vertrag bei {company}?
Der Dax und der Dow Jones schlossen höher, Gold und Öl verloren.
Schreibe SQL, das Bestellungen mit Kunden verbindet und nach Region gruppiert.
Wandle diesen Java-Code in Kotlin um und ergänze Tests mit JUnit.
Richte {product} mit {product} auf einem Debian-Server ein.
Warum schlägt der Build in Jenkins mit der Meldung Modul nicht gefunden fehl?
Verwende Lombok, Jackson und Mockito in einem Spring-Projekt.
Vergleiche Gemini, Claude, Copilot und Perplexity für die Recherche.
Welche Versicherung brauche ich als Freiberufler in Österreich?
Was passiert am Ende von Hänsel und Gretel?
Nenne Flüsse in Afrika und Berge in Asien.
Wie funktioniert die Riester-Rente und was ist Hartz IV?
Wir treffen uns am Alexanderplatz und fahren mit der Ringbahn.
Das Büro liegt neben der Sankt-Josef-Kirche in der {street}.
Montag passt, Dienstag nicht, Mittwoch ist Feiertag.
Mein Nachbar hört laute Musik, was kann ich tun?
Meine Chefin gibt meine Arbeit als ihre aus. Wie soll ich reagieren?
Meine Tochter hat Angst im Dunkeln, hast du einen Rat?
ich brauche hilfe bei den hausaufgaben es geht um das römische reich
wie setze ich meinen router zurück
was soll ich heute kochen mit reis und bohnen
Erfinde zehn Werbesprüche für eine Seife aus Bayern.
Erstelle eine Tabelle mit den Spalten Name, Ort und Alter.
Die Felder Vorname, Nachname und E-Mail sind Pflicht.
Bitte geben Sie Ihren vollständigen Namen und Ihr Geburtsdatum an.
Prüfe im Formular, dass der Name nicht leer ist.
Wer wurde 2010 Weltmeister?
Finde Tippfehler in der folgenden Anleitung.
Sehr geehrtes Team, meine Bestellung ist nicht angekommen.
Sehr geehrter Kunde, Ihre Sendung ist unterwegs.
Liebe Gäste, das Frühstück wird ab sieben Uhr serviert.
Liebe Eltern, der Ausflug fällt leider aus.
Hallo liebes Team, danke für die schnelle Antwort!
Guten Tag, ich habe eine Frage zur Rechnung.
Vielen Dank im Voraus und freundliche Grüße
Herzliche Grüße aus {place}, Ihr Team
Die Grünen, die Linke und die Union stimmten dagegen.
Der Rhein, die Mosel und der Main führen Hochwasser.
Die Wiener Philharmoniker spielen Werke des Barock und der Romantik.
Im Garten wachsen Rosen, Tulpen, Lavendel und Rosmarin.
Brot, Butter, Milch, Eier, Käse, Wurst
Der Vertrag endet zum Monatsende, die Kündigungsfrist beträgt vier Wochen.
Der Fuchs, der Hase und der Igel leben im Wald.
Ein Zimmermann, ein Maurer und ein Dachdecker arbeiten am Haus.
Die Kaiserin empfing den Gesandten, der Graf blieb im Schloss.
Stelle den Backofen auf 180 Grad und backe den Kuchen 40 Minuten.
Welche Sprache ist leichter, Schwedisch, Finnisch oder Ungarisch?`.split('\n')
