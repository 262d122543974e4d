//! Default text of the mandate, which means the same in each language, in the usual terms of its banks. It has what
//! Nacha asks of a consumer's authorization (Operating Rules, 2.3.2.2): the act of agreement, who may debit
//! which account, that it is a standing authorization, for which amounts and when, and how to revoke it. The date is in
//! the audit trail. It is a starting point for the merchant's counsel.

use crate::domain::language::Language;

pub(super) fn words(language: Language) -> &'static str {
    match language {
        Language::English => {
            "By choosing “{button}”, you authorize {merchant} to electronically debit your {kind}, {account}, and, if \
             necessary, to credit it to correct an error. This standing authorization begins now and covers more than \
             one payment: each amount that you owe {merchant}, on or after the day it is due. It remains in effect \
             until you revoke it by contacting {contact} at least 3 business days before a payment is due."
        }
        Language::Arabic => {
            "باختيارك «{button}»، فإنك تفوّض {merchant} بأن يخصم إلكترونيًا من {kind} {account}، وأن يودع فيه عند \
             الضرورة لتصحيح أي خطأ. يبدأ هذا التفويض المستمر الآن ويشمل أكثر من دفعة واحدة: كل مبلغ مستحق عليك لصالح \
             {merchant}، في تاريخ استحقاقه أو بعده. ويظل ساريًا إلى أن تلغيه بالتواصل مع {contact} قبل موعد استحقاق \
             أي دفعة بثلاثة أيام عمل على الأقل."
        }
        Language::German => {
            "Mit der Auswahl von „{button}“ ermächtigen Sie {merchant}, Ihr {kind} {account} elektronisch zu belasten \
             und ihm, falls nötig, zur Berichtigung eines Fehlers Beträge gutzuschreiben. Diese dauerhafte \
             Ermächtigung beginnt jetzt und gilt für mehrere Zahlungen: für jeden Betrag, den Sie {merchant} \
             schulden, ab dem Tag der Fälligkeit. Sie gilt, bis Sie sie spätestens 3 Geschäftstage vor Fälligkeit \
             einer Zahlung gegenüber {contact} widerrufen."
        }
        Language::Spanish => {
            "Al elegir «{button}», usted autoriza a {merchant} a debitar electrónicamente su {kind}, {account}, y, si \
             es necesario, a acreditar importes en ella para corregir un error. Esta autorización permanente comienza \
             ahora y abarca más de un pago: cada importe que usted deba a {merchant}, en la fecha de vencimiento o \
             después. Sigue vigente hasta que usted la revoque comunicándose con {contact} al menos 3 días hábiles \
             antes del vencimiento de un pago."
        }
        Language::French => {
            "En choisissant «\u{202f}{button}\u{202f}», vous autorisez {merchant} à débiter par voie électronique \
             votre {kind}, {account}, et, si nécessaire, à le créditer pour corriger une erreur. Cette autorisation \
             permanente prend effet maintenant et vaut pour plusieurs paiements\u{202f}: chaque somme que vous devez \
             à {merchant}, à son échéance ou après. Elle reste valable jusqu’à ce que vous la révoquiez en contactant \
             {contact} au moins 3 jours ouvrables avant l’échéance d’un paiement."
        }
        Language::BrazilianPortuguese => {
            "Ao escolher “{button}”, você autoriza {merchant} a debitar eletronicamente a sua {kind}, {account}, e, \
             se necessário, a creditar valores nela para corrigir um erro. Esta autorização permanente começa agora e \
             vale para mais de um pagamento: cada valor que você dever a {merchant}, na data de vencimento ou depois. \
             Ela continua válida até você revogá-la entrando em contato com {contact} pelo menos 3 dias úteis antes \
             do vencimento de um pagamento."
        }
        Language::SimplifiedChinese => {
            "您选择“{button}”，\
             即表示您授权 {merchant} 以电子方式从您的{kind} {account} 扣款，\
             并在必要时向该账户入账以更正错误。此长期授权自现在起生效，适用于多笔付款，\
             即您应付给 {merchant} 的每笔款项，在到期日或之后扣款。此授权持续有效，\
             直至您在付款到期前至少 3 个工作日联系 {contact} 撤销为止。"
        }
    }
}
