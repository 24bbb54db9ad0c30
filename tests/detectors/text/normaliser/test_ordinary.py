"""Ordinary texts, which are left alone."""

import pytest

from detectors.text.normaliser.normaliser import variants

LANGUAGES = {
    "en": "Good morning! I'd like to check the fees before the withdrawal, please.",
    "es": "¿Cuánto tardará la transferencia? Mañana volveré a mirar la aplicación.",
    "pt": "Não consigo abrir o aplicativo; alguém sabe se há manutenção amanhã?",
    "fr": "L'été dernier, j'ai vu qu'on pouvait déjà payer à l'hôtel, c'est très bien.",
    "de": "Die Gebühren sind größer, weil die Straße gesperrt ist; schönes Wochenende!",
    "it": "Perché la città è così bella? Non lo so, però c'è il sole.",
    "nl": "Zo'n mooie dag: we gaan vanmiddag naar het strand met z'n allen.",
    "tr": "Işık ılık süt içtiğinde İstanbul'da yağmur yağıyordu, çok güzeldi.",
    "id": "Selamat pagi, apakah biaya penarikan sudah turun hari ini?",
    "vi": "Xin chào, hôm nay trời đẹp quá, chúng ta đi uống cà phê nhé.",
    "pl": "Dzień dobry, czy mogę prosić o pomoc? Żółta książka leży na półce.",
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy, řekl učitel.",
    "ro": "Bună ziua, vreau să știu când începe ședința de mâine.",
    "hu": "Jó reggelt! Holnap hűvös idő várható, esernyőt is vigyél.",
    "fi": "Hyvää huomenta, tänään on kaunis päivä ja lähdemme kävelylle.",
    "sv": "Förra året åkte vi båt över sjön på sommaren.",
    "ru": "Доброе утро! Подскажите, пожалуйста, когда откроют вывод средств?",
    "uk": "Доброго ранку! Їжа була смачна, ґанок теплий, а п'ять яблук лежали поруч.",
    "bg": "Добър ден, кога ще бъде готова новата версия на приложението?",
    "sr": "Добар дан, јуче смо били на тржишту и љубичице су цветале.",
    "el": "Καλημέρα, πότε θα είναι έτοιμη η νέα έκδοση της εφαρμογής;",
    "ar": "صباح الخير، متى يبدأ السوق اليوم؟ السَّلامُ عليكم جميعًا.",
    "fa": "سلام، می‌خواهم کتاب‌های تازه را ببینم؛ نمی‌دانم کجا هستند.",
    "ur": "السلام علیکم، آج موسم بہت اچھا ہے اور ہم سیر کے لیے جا رہے ہیں۔",
    "he": "בוקר טוב, מתי תהיה מוכנה הגרסה החדשה של האפליקציה?",
    "hi": "नमस्ते, क्या आप मुझे बता सकते हैं कि बाज़ार कब खुलेगा?",
    "bn": "সুপ্রভাত, আজ আবহাওয়া খুব ভালো, আমরা বেড়াতে যাব।",
    "ta": "வணக்கம், இன்று வானிலை மிகவும் நன்றாக உள்ளது.",
    "si": "සුභ උදෑසනක්, ශ්‍රී ලංකාව ලස්සන රටක්.",
    "th": "สวัสดีครับ วันนี้อากาศดีมาก ไปเที่ยวกันไหม",
    "ko": "안녕하세요, 오늘 수수료가 얼마인지 알고 싶어요.",
    "ja": "おはようございます。今日はＡＩの話をしましょう、２０２６年ですね。",
    "zh": "早上好！今天BTC涨了5%，大家怎么看？手续费是0.1%。",
    "ka": "დილა მშვიდობისა, როგორ ხართ?",
    "hy": "Բարի լույս, ինչպե՞ս եք այսօր:",
    "am": "እንደምን አደሩ ዛሬ ቀኑ ጥሩ ነው",
    "yo": "Ẹ káàárọ̀, báwo ni nǹkan ṣe ń lọ?",
    "is": "Góðan daginn, hvernig hefurðu það í dag?",
    "sq": "Mirëmëngjes, çfarë do të bëjmë sot në mbrëmje?",
    "az": "Sabahınız xeyir, bu gün hava çox gözəldir.",
    "ha": "Ina kwana, yau akwai ruwan sama a ɗakin karatu.",
}


@pytest.mark.parametrize("text", LANGUAGES.values(), ids=LANGUAGES.keys())
def test_a_language_as_it_is_written_is_left_alone(text: str) -> None:
    assert variants(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "$B2B is up 12% against $BTC, S0L and USDT pairs look flat",
        "Buy the dip: $PEPE at $0.0000123, not $1,234.56!",
        "BTC/USDT 4h chart, RSI(14) at 30, EMA20 > EMA50",
        "0x52908400098527886E0F7030069857D2E4169EE7 is the address",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "tx 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "ID 550e8400-e29b-41d4-a716-446655440000 was closed at 10:45",
        "see https://example.test/a%20b?x=1&y=2 or mail me@example.test",
        "The 1st, 2nd and 3rd at 5pm, 10k views, 4x faster, mp3, web3, ps5, h264, COVID-19",
        "Model B2C, P2P, W3C, i18n, k8s, H2O, CO2, G20, 7-Eleven, A4",
        "I. M. Pei met J. R. R. Tolkien in the U.S. at 9 a.m.",
        "e.g. this, i.e. that, etc. and/or his/her e-mail",
        "Choose A, B, C or D; x + y = z, a < b > c",
        "100% sure, 5 * 3 = 15, #winning @someone R&D AT&T",
        "**Important**: read the *rules* and `code` first, ~~not~~ now",
        "# Title\n\n- one\n- two\n\n> quoted [link](https://example.test)",
        "McDonald and O'Brien use an iPhone, YouTube, GitHub and LaTeX",
        "Hello 👨‍👩‍👧‍👦 and 👩🏽‍💻, ❤️‍🔥 ☀️ ✌🏿 1️⃣ 2️⃣",
        "🇺🇸🇬🇧🇫🇷 and 🏴󠁧󠁢󠁳󠁣󠁴󠁿 play today",
        "🆘 🆗 🚀🚀🚀 to the moon ⓘ",
        "α-helix, ΔT, µm, Ω, ∑x², 20 °C, ½ cup, №5, ™ and ©",
        "IT-специалист купил iPhone за 3000₽ в DNS",
        "小红书 和 WeChat，AI技术，C919，5G网络",
        "Tシャツを3枚、USBケーブルを1本ください。",
        "ㅋㅋㅋㅋ 진짜 대박 ㅠㅠ",
        "哈哈哈哈，太好了！！！",
        "hmm... www 555 zzz III XXL",
        "Ver. 2.0.1-beta.3 of foo_bar.py, self.value = None",
        "if (a[i] != b[j]) { return x->y; } // done",
        "12 345,67 € on 01/02/2026, tel. +44 20 7946 0958",
        "45 67 89 72 65 71 80 are this week's numbers",
        "ne vem, kaj naj rečem",
        "Saat 4'e kadar, 2015'e dönelim, 10'a 3 kaldı",
        "Das ist ein Satz mit Donaudampfschifffahrtsgesellschaft",
        "ne, to je na stole",
        "mesh networks and a fi router in el paso",
        "deadbeefcafebabe",
        "\N{BYTE ORDER MARK}"[:0] + "مرحبا \u200fBTC\u200f اليوم",
        "",
        " \n\t ",
        "?!",
        "a",
    ],
)
def test_signs_codes_names_and_code_are_left_alone(text: str) -> None:
    assert variants(text) == ()


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("That is soooo goooood", "That is so good"),
        ("Çoook güzel", "Çok güzel"),
        ("Very <b>good</b> news &amp; more", "Very good news & more"),
        ("It\u00adem one", "Item one"),
        ("العـــربية", "العربية"),
        ("U. S. S. R. history", "USSR. history"),
    ],
)
def test_a_change_to_harmless_text_keeps_what_it_says(text: str, meaning: str) -> None:
    assert [one.text for one in variants(text)] == [meaning]
