//! Default text of the mandate. It means the same in each language, in the usual terms of its banks.

use crate::domain::language::Language;

pub(super) fn words(language: Language) -> &'static str {
    match language {
        Language::English => {
            "You authorize {merchant} to debit your bank account {account} electronically for the amounts that you owe \
             {merchant}, whenever they fall due. This holds until you tell {merchant} that you revoke it."
        }
        Language::Arabic => {
            "تفوّض {merchant} بالخصم إلكترونيًا من حسابك البنكي {account} للمبالغ المستحقة عليك لصالح {merchant} عند \
             استحقاقها. يظل هذا التفويض ساريًا إلى أن تُبلغ {merchant} بإلغائه."
        }
        Language::German => {
            "Sie ermächtigen {merchant}, Beträge, die Sie {merchant} schulden, bei Fälligkeit elektronisch von Ihrem \
             Bankkonto {account} einzuziehen. Das gilt, bis Sie es gegenüber {merchant} widerrufen."
        }
        Language::Spanish => {
            "Usted autoriza a {merchant} a cargar electrónicamente en su cuenta bancaria {account} los importes que \
             adeude a {merchant}, a medida que venzan. Esta autorización es válida hasta que comunique a {merchant} que \
             la revoca."
        }
        Language::French => {
            "Vous autorisez {merchant} à prélever par voie électronique sur votre compte bancaire {account} les sommes \
             que vous devez à {merchant}, à leur échéance. Cette autorisation est valable jusqu’à ce que vous informiez \
             {merchant} que vous la révoquez."
        }
        Language::BrazilianPortuguese => {
            "Ao continuar, autoriza {merchant} a debitar eletronicamente da sua conta bancária {account} os valores que \
             deve a {merchant}, na data de vencimento. Esta autorização é válida até comunicar a {merchant} que a revoga."
        }
        Language::SimplifiedChinese => {
            "您授权 {merchant} 在款项到期时，以电子方式从您的银行账户 {account} 扣除您应付给 {merchant} 的款项。此授权持续有效，\
             直至您通知 {merchant} 撤销为止。"
        }
    }
}
