/** Domains where anybody can have an address: they say nothing about where a person works. */
export const FREE_MAIL_DOMAINS: ReadonlySet<string> = new Set(
  `126.com 139.com 163.com 189.cn 21cn.com abv.bg aim.com alice.it aol.co.uk aol.com aol.de arcor.de aruba.it att.net
  azet.sk bell.net bellsouth.net bigpond.com bk.ru blueyonder.co.uk bluewin.ch bol.com.br btinternet.com centrum.cz
  centurylink.net charter.net chello.at club-internet.fr comcast.net cox.net daum.net duck.com earthlink.net eircom.net
  email.cz email.it fastmail.com fastmail.fm fibertel.com.ar foxmail.com free.fr freemail.hu freenet.de frontier.com
  gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.fr gmx.net gmx.us googlemail.com hanmail.net hey.com home.nl hotmail.be
  hotmail.ca hotmail.ch hotmail.co.jp hotmail.co.th hotmail.co.uk hotmail.com hotmail.com.ar hotmail.com.br
  hotmail.com.mx hotmail.com.tr hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr hotmail.hu hotmail.it
  hotmail.nl hotmail.no hotmail.se hushmail.com icloud.com ig.com.br inbox.com inbox.lv inbox.ru inwind.it iol.it
  juno.com kabelmail.de kpnmail.nl laposte.net libero.it list.ru live.at live.be live.ca live.ch live.cl live.cn
  live.co.uk live.co.za live.com live.com.ar live.com.au live.com.mx live.com.pt live.de live.dk live.fi live.fr live.hk
  live.ie live.it live.jp live.nl live.no live.se lycos.com mac.com mail.bg mail.com mail.de mail.ee mail.ru mailbox.org
  me.com msn.com mts.net nate.com naver.com neuf.fr netcourrier.com netscape.net netzero.net ntlworld.com o2.pl o2.co.uk
  onet.eu onet.pl online.de online.no optonline.net optusnet.com.au orange.fr orange.net outlook.at outlook.be
  outlook.co.id outlook.co.nz outlook.co.th outlook.com outlook.com.ar outlook.com.au outlook.com.br outlook.com.gr
  outlook.com.tr outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it
  outlook.jp outlook.kr outlook.pt outlook.sa outlook.sg pm.me poczta.onet.pl posteo.de posteo.net posteo.org prodigy.net
  proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com rogers.com runbox.com sapo.pt
  sbcglobal.net seznam.cz sfr.fr shaw.ca sina.cn sina.com skynet.be sky.com sohu.com startmail.com sympatico.ca
  t-online.de talktalk.net tele2.nl telefonica.net telenet.be telia.com telus.net terra.com.br terra.es tin.it
  tiscali.co.uk tiscali.it tlen.pl tuta.com tuta.io tutanota.com tutanota.de ukr.net uol.com.br utanet.at verizon.net
  videotron.ca virgilio.it virgin.net virginmedia.com volny.cz voila.fr vp.pl walla.co.il wanadoo.fr web.de windowslive.com
  windstream.net wp.pl xs4all.nl xtra.co.nz ya.ru yahoo.at yahoo.be yahoo.ca yahoo.cn yahoo.co.id yahoo.co.in yahoo.co.jp
  yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com yahoo.com.ar yahoo.com.au yahoo.com.br
  yahoo.com.cn yahoo.com.hk yahoo.com.mx yahoo.com.my yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.vn
  yahoo.de yahoo.dk yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.ie yahoo.in yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.ro
  yahoo.se yandex.by yandex.com yandex.kz yandex.ru yandex.ua yeah.net ymail.com zoho.com zohomail.com ziggo.nl zonnet.nl`.split(
    /\s+/,
  ),
);
