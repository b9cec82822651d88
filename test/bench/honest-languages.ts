/** What people write in several languages, of any length: sentences of our own, the same at each run. */

const sentences: Readonly<Record<string, readonly string[]>> = {
  English: [
    "The committee met on the third floor and agreed on the plan for the new library.",
    "After the rain the streets were empty, and only the bakery at the corner was open.",
    "Please send the signed copy back by Friday so that we can order the windows.",
    "Our neighbours have two dogs and a cat that sleeps on the roof of the shed.",
    "The train was late again, so she read the report twice before she arrived.",
    "Prices rose by %n percent in spring and fell a little towards the end of summer.",
    "He wrote down the recipe: flour, butter, %n eggs, and a pinch of salt.",
  ],
  Russian: [
    "Комиссия собралась на третьем этаже и согласовала план новой библиотеки.",
    "После дождя улицы опустели, и работала только булочная на углу.",
    "Пришлите, пожалуйста, подписанный экземпляр до пятницы, чтобы мы заказали окна.",
    "У наших соседей две собаки и кошка, которая спит на крыше сарая.",
    "Поезд опять опоздал, и она дважды перечитала отчёт, пока доехала.",
    "Весной цены выросли на %n процентов, а к концу лета немного снизились.",
    "Он записал рецепт: мука, масло, %n яиц и щепотка соли. Список лежит на Google Drive.",
  ],
  Greek: [
    "Η επιτροπή συνεδρίασε στον τρίτο όροφο και ενέκρινε το σχέδιο της νέας βιβλιοθήκης.",
    "Μετά τη βροχή οι δρόμοι άδειασαν και μόνο ο φούρνος στη γωνία ήταν ανοιχτός.",
    "Στείλτε μας το υπογεγραμμένο αντίγραφο έως την Παρασκευή για να παραγγείλουμε τα παράθυρα.",
    "Οι γείτονές μας έχουν δύο σκυλιά και μια γάτα που κοιμάται στη στέγη της αποθήκης.",
    "Την άνοιξη οι τιμές ανέβηκαν κατά %n τοις εκατό και έπεσαν λίγο στο τέλος του καλοκαιριού.",
    "Έγραψε τη συνταγή: αλεύρι, βούτυρο, %n αυγά και μια πρέζα αλάτι. Το αρχείο είναι σε PDF.",
  ],
  Chinese: [
    "委员会在三楼开会，通过了新图书馆的建设方案。",
    "雨停以后街上空荡荡的，只有街角的面包店还开着门。",
    "请在星期五之前把签好字的文件寄回来，这样我们就可以订购窗户了。",
    "邻居家养了两条狗和一只猫，那只猫总是睡在小屋的屋顶上。",
    "火车又晚点了，她到站之前把报告读了两遍。",
    "春天价格上涨了百分之%n，到夏末又稍微降了一些。",
    "他把菜谱写了下来：面粉、黄油、%n个鸡蛋，再加一点盐。表格放在Excel里。",
  ],
  Japanese: [
    "委員会は三階で会議を開き、新しい図書館の計画を承認しました。",
    "雨がやんだあと通りには誰もおらず、角のパン屋だけが開いていました。",
    "窓を注文できるように、署名した書類を金曜日までにご返送ください。",
    "お隣には犬が二匹と、物置の屋根で眠る猫が一匹います。",
    "電車がまた遅れたので、彼女は着くまでに報告書を二回読みました。",
    "春に物価は%nパーセント上がり、夏の終わりに少し下がりました。",
    "彼はレシピを書き留めた。小麦粉、バター、卵%n個、それに塩をひとつまみ。",
  ],
  Korean: [
    "위원회는 삼층에서 회의를 열고 새 도서관 계획을 승인했습니다.",
    "비가 그친 뒤 거리는 텅 비었고 모퉁이의 빵집만 문을 열었습니다.",
    "창문을 주문할 수 있도록 서명한 서류를 금요일까지 보내 주세요.",
    "이웃집에는 개 두 마리와 헛간 지붕에서 자는 고양이 한 마리가 있습니다.",
    "기차가 또 늦어서 그녀는 도착하기 전에 보고서를 두 번 읽었습니다.",
    "봄에는 물가가 %n퍼센트 올랐다가 여름이 끝날 무렵 조금 내렸습니다.",
  ],
  Arabic: [
    "اجتمعت اللجنة في الطابق الثالث ووافقت على خطة المكتبة الجديدة.",
    "بعد المطر خلت الشوارع ولم يبق مفتوحا سوى المخبز عند الزاوية.",
    "نرجو إعادة النسخة الموقعة قبل يوم الجمعة حتى نتمكن من طلب النوافذ.",
    "لدى جيراننا كلبان وقطة تنام على سطح المخزن.",
    "تأخر القطار مرة أخرى فقرأت التقرير مرتين قبل أن تصل.",
    "ارتفعت الأسعار بنسبة %n في المئة في الربيع ثم انخفضت قليلا في آخر الصيف.",
  ],
  Hindi: [
    "समिति की बैठक तीसरी मंज़िल पर हुई और नए पुस्तकालय की योजना स्वीकार की गई।",
    "बारिश के बाद सड़कें खाली थीं और केवल नुक्कड़ की बेकरी खुली थी।",
    "कृपया हस्ताक्षर की हुई प्रति शुक्रवार तक भेज दें ताकि हम खिड़कियाँ मँगवा सकें।",
    "हमारे पड़ोसियों के पास दो कुत्ते और एक बिल्ली है जो छत पर सोती है।",
    "वसंत में दाम %n प्रतिशत बढ़े और गर्मियों के अंत में थोड़े घट गए।",
  ],
  Thai: [
    "คณะกรรมการประชุมกันที่ชั้นสามและเห็นชอบแผนห้องสมุดใหม่",
    "หลังฝนตกถนนว่างเปล่า มีเพียงร้านขนมปังตรงหัวมุมที่ยังเปิดอยู่",
    "กรุณาส่งสำเนาที่ลงนามแล้วกลับมาภายในวันศุกร์ เพื่อที่เราจะได้สั่งหน้าต่าง",
    "เพื่อนบ้านมีสุนัขสองตัวและแมวหนึ่งตัวที่ชอบนอนบนหลังคา",
    "ในฤดูใบไม้ผลิราคาเพิ่มขึ้นร้อยละ %n และลดลงเล็กน้อยเมื่อสิ้นฤดูร้อน",
  ],
  French: [
    "Le comité s’est réuni au troisième étage et a approuvé le projet de la nouvelle bibliothèque.",
    "Après la pluie, les rues étaient désertes ; seule la boulangerie du coin était ouverte.",
    "Merci de renvoyer l’exemplaire signé d’ici vendredi, afin que nous commandions les fenêtres.",
    "Nos voisins ont deux chiens et une chatte qui dort sur le toit de la remise.",
    "Le train étant de nouveau en retard, elle a relu le rapport deux fois avant d’arriver.",
    "Au printemps, les prix ont augmenté de %n %, puis ont légèrement baissé à la fin de l’été.",
  ],
  "English with emoji": [
    "The committee met on the third floor 🏢 and agreed on the plan for the new library 📚.",
    "After the rain ☔ the streets were empty, and only the bakery 🥐 at the corner was open.",
    "Thanks a lot 👍🏽, see you on Friday 👋 with the kids 👨‍👩‍👧 and both dogs 🐕🐕!",
    "Prices rose by %n percent in spring 📈 and fell a little towards the end of summer 🌞.",
    "Great goal ⚽️ for 🇫🇷, what a match ❤️🔥; we all went home late 🌙✨.",
  ],
};

/** By language. Each makes a text of that many characters. */
export const honestLanguages: Readonly<Record<string, (length: number) => string>> =
  Object.fromEntries(
    Object.entries(sentences).map(([language, own]) => [
      language,
      (length: number) => texts(own, length),
    ]),
  );

/** In no order, a paragraph of four at a time. */
function texts(own: readonly string[], length: number): string {
  const parts: string[] = [];
  let state = 20_261_123;
  for (let sum = 0; sum < length; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const chosen = own[(state >>> 8) % own.length] ?? "";
    const sentence = chosen.replace("%n", `${2 + ((state >>> 16) % 40)}`);
    const next = sentence + (parts.length % 4 === 3 ? "\n\n" : " ");
    parts.push(next);
    sum += next.length;
  }
  const text = parts.join("").slice(0, length);
  return text.isWellFormed() ? text : text.slice(0, -1);
}
