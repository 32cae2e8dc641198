"""Tables in alphabets of all kinds, and in encodings that do not say which they are."""

import pytest

from tests.ui.owndata.helpers import INPUTS
from ui.owndata.encodings import ENCODINGS, guessed, label
from ui.owndata.sheet import read

TABLES = [
    ("cp1252", "größe;gewicht;art\n5,1;3,5;grün\n6,2;2,9;blau\n4,9;3,0;grün\n"),
    ("cp1252", "longueur,largeur,espèce\n5.1,3.5,été\n6.2,2.9,forêt\n"),
    ("cp1252", "tamaño,año,señal\n1,2,sí\n3,4,no\n"),
    ("cp1252", "coração,situação,x\n1,2,não\n3,4,sim\n"),
    ("cp1252", "price,kind\n€ 5.10,a\n€ 6.20,b\n"),
    ("cp1252", "temp °C,µm,kind\n5.1,3,a\n6.2,4,b\n"),
    ("cp1252", "längd,höjd,art\n1,2,å\n2,3,ö\n"),
    ("cp1252", "Fläche m²;Straße;Müll\n12;Hauptstraße;ja\n13;Königsallee;nein\n"),
    ("cp1252", "prénom,élève,réussi\nZoë,1,oui\nFrançois,2,non\n"),
    ("cp1250", "długość;szerokość;gatunek\n5,1;3,5;żółty\n6,2;2,9;źdźbło\n"),
    ("cp1250", "délka;šířka;druh\n5,1;3,5;růže\n6,2;2,9;žluť\n"),
    ("cp1250", "hosszúság;szélesség;faj\n1;2;nő\n2;3;fű\n"),
    ("cp1251", "длина;ширина;вид\n5,1;3,5;первый\n6,2;2,9;второй\n"),
    ("cp1251", "Имя;Рост;Пол\nАнна;165;Ж\nИван;180;М\n"),
    ("cp1251", "ріст,вага,стать\n1,2,жінка\n2,3,чоловік\n"),
    ("koi8-r", "длина;ширина;вид\n5,1;3,5;первый\n6,2;2,9;второй\n"),
    ("cp866", "длина;ширина;вид\n5,1;3,5;первый\n6,2;2,9;второй\n"),
    ("cp1253", "μήκος;πλάτος;είδος\n1;2;κόκκινο\n2;3;μπλε\n"),
    ("cp1254", "uzunluk;genişlik;tür\n1;2;kırmızı\n2;3;yeşil\n"),
    ("cp1255", "אורך,רוחב,סוג\n1,2,אדום\n2,3,כחול\n"),
    ("cp1256", "الطول,العرض,النوع\n1,2,أحمر\n2,3,أزرق\n"),
    ("cp1257", "ilgis;plotis;rūšis\n1;2;žalia\n2;3;mėlyna\n"),
    ("gbk", "长度,宽度,种类\n5.1,3.5,甲\n6.2,2.9,乙\n"),
    ("gbk", "姓名,成绩,性别\n张三,90,男\n李四,80,女\n"),
    ("gbk", "x,y,类\n1,2,红\n2,3,蓝\n"),
    ("gbk", "年龄,收入,是否购买\n23,4000,否\n45,9000,是\n"),
    ("gbk", "花萼长度,花萼宽度,品种\n5.1,3.5,山鸢尾\n6.2,2.9,变色鸢尾\n"),
    ("big5", "長度,寬度,種類\n5.1,3.5,甲\n6.2,2.9,乙\n"),
    ("big5", "年齡,身高,性別\n23,170,男\n45,160,女\n"),
    ("cp932", "長さ,幅,種類\n5.1,3.5,ア\n6.2,2.9,イ\n"),
    ("cp932", "名前,身長,性別\n田中,170,男\n鈴木,160,女\n"),
    ("cp932", "気温,湿度,天気\n20,30,晴れ\n21,50,雨\n"),
    ("cp932", "身長,体重,合格\n170,60,はい\n160,50,いいえ\n"),
    ("euc_jp", "長さ,幅,種類\n5.1,3.5,ア\n6.2,2.9,イ\n"),
    ("cp949", "길이,너비,종류\n5.1,3.5,가\n6.2,2.9,나\n"),
    ("cp949", "이름,키,성별\n김철수,170,남\n이영희,160,여\n"),
    ("cp949", "나이,몸무게,합격\n20,60,예\n21,50,아니오\n"),
    ("mac_roman", "größe;gewicht;art\n5,1;3,5;grün\n6,2;2,9;blau\n"),
    ("cp850", "größe;gewicht;art\n5,1;3,5;grün\n6,2;2,9;blau\n"),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "text"), TABLES)
def test_a_small_table_is_read_in_the_encoding_it_was_saved_in(encoding, text):
    content = text.encode(encoding)
    assert content.decode(guessed(content)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_no_guess(encoding):
    sheet = read("größe,種類\n1,甲\n2,乙".encode(encoding))
    assert sheet.names == ("größe", "種類") and sheet.source.encoding == "" and sheet.notes == ()


def test_each_encoding_can_be_chosen_and_has_a_label_of_its_own():
    content = (INPUTS / "gbk.csv").read_bytes()
    for encoding in ENCODINGS:
        assert len(read(content, encoding=encoding).names) == 3, encoding
    assert len({label(encoding) for encoding in ENCODINGS}) == len(ENCODINGS)


def test_bytes_that_no_encoding_holds_are_still_read():
    assert guessed(bytes(range(128, 256)) * 3) in (*ENCODINGS, "latin-1")
